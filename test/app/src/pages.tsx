// The pages: HTML that works without JavaScript, on a phone, with a keyboard and with a screen reader.
import { raw } from 'hono/html';
import type { Child, JSX } from 'hono/jsx';
import { checkAttempts } from 'otpure';
import { renderSVG } from 'uqr';
import type { Policy } from './config.js';
import type { Mail, User } from './database.js';
import { type Language, languages, type Texts } from './texts.js';

/** What every page needs to know about the request. */
export interface View {
  site: string;
  t: Texts;
  lang: Language;
  /** The page's own address, for the language switch. `null`: leaving the page would lose what it shows. */
  path: string | null;
  /** Null until the login is finished. */
  user: User | null;
  /** Who gave the password, even if the login isn't finished. */
  email: string | null;
  demo: boolean;
  /** Wrong passwords and codes since the log-in before this one. */
  failures: number;
  /** An e-mail address for those who can't log in, if the site gives one. */
  contact: string | null;
  /** A notice after a redirect. */
  notice: keyof Texts['notice'] | null;
}

type Props<More = object> = { view: View } & More;

/** What pages show of a user's second factor. */
const statusOf = ({ factor }: User) => ({
  on: factor !== null,
  codesLeft: factor?.backupHashes.length ?? 0,
  locked: checkAttempts(factor?.attempts ?? null).locked,
});

/** The countdown of an authenticator app. */
const mark = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" width="32" height="32" aria-hidden="true"><rect width="32" height="32" rx="8" fill="#0172ad"/><g fill="none" stroke="#fff" stroke-linecap="round" stroke-width="3"><path d="M16 6.5A9.5 9.5 0 1 1 6.5 16"/><path d="M11.5 16.2l3.2 3.2 5.8-6.4" stroke-linejoin="round"/></g></svg>`;

/** How notices look that aren't just information. */
const tones = {
  good: ['activated', 'log-in-again', 'moved', 'password-changed', 'unlocked'],
  warn: ['backup-disabled', 'codes-shown', 'codes-void', 'no-set-up', 'session-over', 'switched-off'],
};
const toneOf = (notice: string) =>
  tones.good.includes(notice) ? 'good' : tones.warn.includes(notice) ? 'warn' : undefined;

interface LayoutProps {
  title: string;
  lead?: Child;
  error?: string | boolean | null;
  /** One card, narrow or wide, or (`page`) cards of its own. */
  shape?: 'narrow' | 'wide' | 'page';
  /** At the end of the card: other ways, and help. */
  foot?: Child;
  children?: Child;
}

function Layout({ view, title, lead, error, shape = 'narrow', foot, children }: Props<LayoutProps>) {
  const { t, site, path, notice } = view;
  const Frame = shape === 'page' ? 'div' : 'article';
  return (
    <>
      {raw('<!DOCTYPE html>')}
      <html lang={view.lang}>
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <meta name="color-scheme" content="light dark" />
          <title>{`${error ? `${t.errorPrefix}: ` : ''}${title} · ${site}`}</title>
          <link rel="stylesheet" href="/public/pico.css" />
          <link rel="stylesheet" href="/public/style.css" />
          <link rel="icon" href={`data:image/svg+xml,${encodeURIComponent(mark)}`} />
          <script type="module" src="/public/buttons.js" />
        </head>
        <body>
          <a class="skip" href="#content">
            {t.skip}
          </a>
          <Header view={view} />
          <main id="content" class={`container ${shape}`}>
            {notice && <Note tone={toneOf(notice)} role="status" text={t.notice[notice]} />}
            <Frame>
              <hgroup>
                <h1>{title}</h1>
                {lead && <p>{lead}</p>}
              </hgroup>
              {children}
              {foot && <footer>{foot}</footer>}
            </Frame>
          </main>
          <footer class="container">
            {path && (
              <nav aria-label={t.language}>
                <ul>
                  {Object.entries(languages).map(([lang, { name }]) => (
                    <Item href={`${path}?lang=${lang}`} text={name} lang={lang} here={lang === view.lang} />
                  ))}
                </ul>
              </nav>
            )}
          </footer>
        </body>
      </html>
    </>
  );
}

/** In a menu. `here`: one is there already. */
const Item = ({ href, text, lang, here }: { href: string; text: string; lang?: string; here: boolean }) => (
  <li>
    <a href={href} lang={lang} hreflang={lang} aria-current={here ? 'true' : undefined}>
      {text}
    </a>
  </li>
);

function Header({ view }: Props) {
  const { t, site, user, email, path } = view;
  const link = (href: string, text: string) => (
    <Item href={href} text={text} here={path === href || (href !== '/' && !!path?.startsWith(`${href}/`))} />
  );
  return (
    <header class="container">
      <nav aria-label={t.menu}>
        <strong>
          {raw(mark)} {site}
        </strong>
        {email && (
          <details class="dropdown">
            <summary>{email.replace(/(?<=^.{16}).{2,}/s, '…')}</summary>
            <ul dir="rtl">
              {user && link('/security/password', t.changePassword)}
              <li>
                <Post action="/logout" text={t.logOut} />
              </li>
            </ul>
          </details>
        )}
        <ul>
          {user && link('/', t.home)}
          {user && link('/security', t.security)}
          {user?.isAdmin && link('/admin', t.administration)}
          {view.demo && path && link('/mail', t.mailLog)}
        </ul>
      </nav>
    </header>
  );
}

const Note = ({ tone, role, text }: { tone?: 'good' | 'warn' | undefined; role?: string; text: string }) => (
  <p class={tone ? `notice ${tone}` : 'notice'} role={role}>
    {text}
  </p>
);

/** A link that looks like a button. */
const Go = ({ href, text, quiet = true }: { href: string; text: string; quiet?: boolean }) => (
  <a class={quiet ? 'button outline' : 'button'} href={href}>
    {text}
  </a>
);

/** A form that is one button. */
const Post = ({ action, text }: { action: string; text: string }) => (
  <form method="post" action={action}>
    <button type="submit" class="outline">
      {text}
    </button>
  </form>
);

interface FormPageProps extends LayoutProps {
  error?: string | null;
  action: string;
  button: string;
  danger?: boolean;
  /** Where "cancel" goes. */
  back?: string;
}

/** Most pages: a card with a form. */
const FormPage = ({ view, action, button, danger, back, children, ...layout }: Props<FormPageProps>) => (
  <Layout view={view} {...layout}>
    <form method="post" action={action}>
      {children}
      <div class="grid">
        <button type="submit" class={danger ? 'bad' : undefined}>
          {button}
        </button>
        {back && <Go href={back} text={view.t.cancel} />}
      </div>
    </form>
  </Layout>
);

type FieldProps = JSX.IntrinsicElements['input'] & {
  name: string;
  label: string;
  hint?: string;
  error?: string | null | undefined;
  focus?: boolean;
};

/** An input whose hint and error a screen reader reads with it. After an error, typing goes on there. */
function Field({ name, label, hint, error, focus, type = 'text', ...input }: FieldProps) {
  const described = [hint && `${name}-hint`, error && `${name}-error`].filter(Boolean).join(' ');
  return (
    <>
      <label for={name}>{label}</label>
      {hint && <small id={`${name}-hint`}>{hint}</small>}
      <input
        id={name}
        name={name}
        type={type}
        required
        autocapitalize="none"
        spellcheck={false}
        autofocus={focus ?? Boolean(error)}
        aria-describedby={described || undefined}
        aria-invalid={error ? 'true' : undefined}
        {...input}
      />
      <FieldError name={name} error={error} />
    </>
  );
}

const FieldError = ({ name, error }: Pick<FieldProps, 'name' | 'error'>) =>
  error ? (
    <small id={`${name}-error`} role="alert">
      {error}
    </small>
  ) : null;

const emailField = { name: 'email', type: 'email', autocomplete: 'username', inputmode: 'email' } as const;
const passwordField = { name: 'password', type: 'password', autocomplete: 'current-password' };
const newPasswordField = { type: 'password', autocomplete: 'new-password' };
const codeField = { name: 'code', class: 'code', autocomplete: 'one-time-code' };
const digits = { inputmode: 'numeric' } as const;

/** The password of whoever is logged in: an unattended screen must not be enough. */
const OwnPasswordField = ({ view, error }: Props<{ error: string | null | undefined }>) => (
  <>
    {/* Tells password managers whose password is asked for. */}
    <input type="text" name="username" autocomplete="username" value={view.user?.email} readonly hidden />
    <Field {...passwordField} label={view.t.passwordAgain} error={error} />
  </>
);

/** What only an administrator can help with, and where to find one. */
const AskAdministrator = ({ view: { contact }, text }: Props<{ text: string }>) => (
  <p>
    {text}
    {contact && ': '}
    {contact && <a href={`mailto:${contact}`}>{contact}</a>}.
  </p>
);

/** A way to another page. */
const Way = ({ text, href, link }: { text?: string; href: string; link: string }) => (
  <p>
    {text} <a href={href}>{link}</a>
  </p>
);

// ----- logging in

export function LoginPage({ view, email, error }: Props<{ email: string; error: string | null }>) {
  const { t } = view;
  const foot = [
    <Way text={t.noAccount} href="/register" link={t.createAccount} />,
    <AskAdministrator view={view} text={t.lostPassword} />,
  ];
  return (
    <FormPage view={view} title={t.logIn} action="/login" button={t.logIn} error={error} foot={foot}>
      <Field {...emailField} label={t.email} value={email} focus={!error} />
      <Field {...passwordField} label={t.password} error={error} />
    </FormPage>
  );
}

export interface NewAccountErrors {
  email?: string;
  password?: string;
}

export function RegisterPage({ view, email, errors }: Props<{ email: string; errors: NewAccountErrors }>) {
  const { t } = view;
  const foot = <Way text={t.haveAccount} href="/login" link={t.logIn} />;
  const asks = { title: t.createAccount, action: '/register', button: t.createAccount, foot };
  const focus = !!errors.email || !errors.password;
  const chosen = { ...newPasswordField, name: 'password', hint: t.passwordHint, error: errors.password };
  return (
    <FormPage view={view} {...asks} error={errors.email ?? errors.password ?? null}>
      <Field {...emailField} label={t.email} value={email} error={errors.email} focus={focus} />
      <Field {...chosen} label={t.password} />
    </FormPage>
  );
}

interface SecondStepProps {
  error: string | null;
  policy: Policy;
}

export function CodePage({ view, error, policy }: Props<SecondStepProps>) {
  const { t } = view;
  const backupCodes = policy.backupCodes !== 'off';
  const foot = [
    backupCodes && <Way href="/login/backup-code" link={t.useBackupCode} />,
    <AskAdministrator view={view} text={backupCodes ? t.lostBoth : t.lostPhone} />,
  ];
  const asks = { title: t.codeTitle, lead: t.codeIntro(view.site), action: '/login/code', button: t.logIn };
  return (
    <FormPage view={view} {...asks} error={error} foot={foot}>
      <Field {...codeField} {...digits} label={t.code} hint={t.codeHint} error={error} focus />
      {policy.trustedDevices && <TrustBox view={view} />}
    </FormPage>
  );
}

const TrustBox = ({ view }: Props) => (
  <label>
    <input type="checkbox" name="trust" value="yes" />
    {view.t.trustBrowser}
  </label>
);

export function BackupCodePage({ view, error, policy }: Props<SecondStepProps>) {
  const { t } = view;
  const disables = policy.backupCodes === 'disable';
  const kind =
    policy.backupCodeAlphabet === 'digits' ? { ...digits, hint: t.backupHintDigits } : { hint: t.backupHint };
  const lead = disables ? t.backupIntro : `${t.backupIntro} ${t.worksOnce}`;
  const foot = [
    <Way href="/login/code" link={t.useApp} />,
    <AskAdministrator view={view} text={t.lostBoth} />,
  ];
  const asks = { title: t.backupTitle, lead, action: '/login/backup-code', button: t.logIn, foot };
  return (
    <FormPage view={view} {...asks} error={error}>
      {disables && <Note tone="warn" text={t.backupDisables} />}
      <Field {...codeField} {...kind} autocomplete="off" label={t.backupCode} error={error} focus />
      {policy.trustedDevices && !disables && <TrustBox view={view} />}
    </FormPage>
  );
}

/** A button, for programs that look through mails follow links. */
export function BrowserPage({ view, token }: Props<{ token: string }>) {
  const { browserTitle: title, browserText: lead } = view.t;
  return (
    <FormPage view={view} title={title} lead={lead} action="/login/browser" button={title}>
      <input type="hidden" name="token" value={token} />
    </FormPage>
  );
}

export const LockedPage = ({ view }: Props) => (
  <Layout view={view} title={view.t.codeLocked} lead={view.t.lockedWhy} error>
    <AskAdministrator view={view} text={view.t.askToUnlock} />
  </Layout>
);

// ----- the account

interface AccountProps {
  user: User;
  /** The day from which two-factor login is obligatory. */
  reminder: string | null;
  policy: Policy;
}

const SetUp = ({ view }: Props) => <Go href="/security/two-factor" text={view.t.enable} quiet={false} />;

export function HomePage({ view, user, reminder, policy }: Props<AccountProps>) {
  const { t, failures } = view;
  const { on } = statusOf(user);
  const go = on ? <Go href="/security" text={t.manage} /> : <SetUp view={view} />;
  return (
    <Layout view={view} shape="page" title={t.welcome} lead={t.loggedInAs(user.email)}>
      {reminder && <Note tone="warn" text={t.reminder(reminder)} />}
      {failures > 0 && <Note tone="warn" text={t.failures(failures)} />}
      <Row title={t.status} state={<Status view={view} user={user} />} go={go}>
        <p>{on ? t.onText : t.offText}</p>
        {on && policy.backupCodes !== 'off' && <CodesLeft view={view} user={user} />}
      </Row>
      <Row title={t.aboutSite}>
        <p>{t.homeText}</p>
      </Row>
    </Layout>
  );
}

/** A card with a heading and, at its end, what can be done about it. */
const Row = ({
  title,
  state,
  go,
  children,
}: Partial<Record<'state' | 'go' | 'children', Child>> & { title: string }) => (
  <article class="row">
    <div>
      <h2>
        {title} {state}
      </h2>
      {children}
    </div>
    {go}
  </article>
);

function CodesLeft({ view: { t }, user }: Props<{ user: User }>) {
  const { codesLeft } = statusOf(user);
  if (codesLeft > 2) return <p>{t.codesLeft(codesLeft)}</p>;
  const few = `${t.codesLeft(codesLeft)} ${t.fewCodesLeft}`;
  return <Note tone="warn" text={codesLeft === 0 ? t.noCodesLeft : few} />;
}

export function SecurityPage({ view, user, reminder, policy, devices }: Props<SecurityProps>) {
  const { t } = view;
  const { on } = statusOf(user);
  const { obligatory, backupCodes } = policy;
  const off = !obligatory && <Go href="/security/two-factor/off" text={t.disable} />;
  return (
    <Layout view={view} shape="page" title={t.security}>
      {reminder && <Note tone="warn" text={t.reminder(reminder)} />}
      <Row title={t.status} state={<Status view={view} user={user} />} go={on ? off : <SetUp view={view} />}>
        <p>{on ? t.onText : t.offText}</p>
        {obligatory && <p>{t.obligatory}</p>}
        {on && <Way text={t.newPhone} href="/security/two-factor" link={t.move} />}
      </Row>
      {on && backupCodes !== 'off' && (
        <Row title={t.backupCodes} go={<Go href="/security/backup-codes" text={t.renewCodes} />}>
          <CodesLeft view={view} user={user} />
          {backupCodes === 'disable' && <p>{t.oneVoidsAll}</p>}
        </Row>
      )}
      {devices > 0 && (
        <Row title={t.devices} go={<Post action="/security/devices/forget" text={t.forgetDevices} />}>
          <p>{t.devicesCount(devices)}</p>
        </Row>
      )}
      <Row title={t.password} go={<Go href="/security/password" text={t.changePassword} />}>
        <p>{t.passwordText}</p>
      </Row>
    </Layout>
  );
}

interface SecurityProps extends AccountProps {
  /** How many are trusted. */
  devices: number;
}

type AskProps = FormPageProps & { error: string | null };

/** A step that takes a code: of the app, or a backup code. */
export function AskCodePage({ view, policy, children, ...asks }: Props<AskProps & SecondStepProps>) {
  const kind =
    policy.backupCodes === 'off' ? { ...digits, label: view.t.code } : { label: view.t.codeOrBackup };
  return (
    <FormPage view={view} {...asks}>
      <Field {...codeField} {...kind} error={asks.error} />
      {children}
    </FormPage>
  );
}

/** A step that takes the password again. */
export const PasswordPage = ({ view, children, ...asks }: Props<AskProps>) => (
  <FormPage view={view} {...asks}>
    <OwnPasswordField view={view} error={asks.error} />
    {children}
  </FormPage>
);

export function ChangePasswordPage({ view, ...errors }: Props<{ error: string | null; newError?: string }>) {
  const { changePassword: title, passwordText: lead, newPassword: label, passwordHint: hint } = view.t;
  const asks = { title, lead, button: title, back: '/security', error: errors.error };
  return (
    <PasswordPage view={view} {...asks} action="/security/password">
      <Field {...newPasswordField} name="new" label={label} hint={hint} error={errors.newError} />
    </PasswordPage>
  );
}

// ----- setting up

/** Where iPhones and where Android phones find them. */
const apps = [
  ['Google Authenticator', 'google-authenticator/id388497605', 'com.google.android.apps.authenticator2'],
  ['Microsoft Authenticator', 'microsoft-authenticator/id983156458', 'com.azure.authenticator'],
  ['Authy', 'twilio-authy/id494168017', 'com.authy.authy'],
  ['Duo Mobile', 'duo-mobile/id422663827', 'com.duosecurity.duomobile'],
] as const;
const appStore = 'https://apps.apple.com/app/';
const playStore = 'https://play.google.com/store/apps/details?id=';

const Apps = ({ view: { t } }: Props) => (
  <>
    <ul class="plain">
      {apps.map(([name, iphone, android]) => (
        <li>
          {name}: <a href={appStore + iphone}>iPhone</a>, <a href={playStore + android}>Android</a>
        </li>
      ))}
    </ul>
    <small>
      {t.noPhone} <a href="https://keepassxc.org/download/">KeePassXC</a> {t.desktop}{' '}
      <a href="https://authenticator.cc/">Authenticator Extension</a> {t.browser}
    </small>
  </>
);

const Step = ({ number, text, children }: { number: number; text: string; children: Child }) => (
  <li>
    <h2>
      <kbd>{number}</kbd> {text}
    </h2>
    {children}
  </li>
);

interface EnrolProps extends SecondStepProps {
  uri: string;
  text: string;
  account: string;
  /** It has to be done to log in. */
  first: boolean;
  /** It takes the place of an active one, of which a code is needed too. */
  replaces: boolean;
  currentError: string | null;
}

export function EnrolPage({ view, uri, text, account, first, error, ...current }: Props<EnrolProps>) {
  const { t } = view;
  const label = current.policy.backupCodes === 'off' ? t.currentCode : t.currentCodeOrBackup;
  const foot = [!first && <p>{t.cancelMeans}</p>, <AskAdministrator view={view} text={t.enrolHelp} />];
  const title = current.replaces ? t.move : t.enrolTitle;
  const asks = { title, lead: t.enrolLead, error: error ?? current.currentError, foot };
  return (
    <Layout view={view} shape="wide" {...asks}>
      {first && <Note text={t.enrolFirst} />}
      <ol class="steps plain">
        <Step number={1} text={t.stepApp}>
          <Apps view={view} />
        </Step>
        <Step number={2} text={t.stepScan}>
          <p class="on-phone">
            <Go href={uri} text={t.openApp} quiet={false} />
          </p>
          <QrCode text={uri} label={t.qrLabel} />
          <details>
            <summary>{t.cannotScan}</summary>
            <p>{t.typeKey(`${view.site}: ${account}`)}</p>
            <code id="key">{text}</code>
            <ActionButton view={view} data-action="copy" data-from="key" text={t.copyKey} />
          </details>
        </Step>
        <Step number={3} text={t.stepConfirm}>
          <form method="post" action="/security/two-factor/confirm">
            {/* Not focused at first: a phone would scroll past the QR code. */}
            <Field {...codeField} {...digits} label={t.code} hint={t.codeHint} error={error} />
            {current.replaces && (
              <Field {...codeField} name="currentCode" label={label} error={current.currentError} />
            )}
            <div class="grid">
              <button type="submit">{t.confirm}</button>
              {!first && <CancelButton view={view} />}
            </div>
          </form>
        </Step>
      </ol>
    </Layout>
  );
}

/** Shown by buttons.js, if it works. */
const ActionButton = ({ view, text, ...data }: Props<{ text: string } & JSX.IntrinsicElements['button']>) => (
  <button class="outline" type="button" aria-live="polite" hidden data-done={view.t.copied} {...data}>
    {text}
  </button>
);

const CancelButton = ({ view }: Props) => (
  <button type="submit" class="outline" formaction="/security/two-factor/cancel" formnovalidate>
    {view.t.cancel}
  </button>
);

/** Drawn here, on the server: a QR service elsewhere would be given the secret. */
const QrCode = ({ text, label }: { text: string; label: string }) => (
  <div class="qr" role="img" aria-label={label}>
    {raw(renderSVG(text, { ecc: 'M', border: 2 }))}
  </div>
);

interface CodesProps extends SecondStepProps {
  codes: string[];
  account: string;
  /** They belong to a set-up that is still to be finished; or it is done, and one goes on there. */
  next: { set: string } | { done: string };
}

/** The one page that shows backup codes. */
export function CodesPage({ view, codes, account, policy, next, error }: Props<CodesProps>) {
  const { t, site } = view;
  const use = policy.backupCodes === 'disable' ? t.oneVoidsAll : t.worksOnce;
  const file = `${site} ${t.codesFile}.txt`.toLowerCase().replace(/[^\p{L}\p{N}.]+/gu, '-');
  return (
    <Layout view={view} title={t.codesTitle} lead={t.codesIntro} error={error}>
      <div class="sheet" id="sheet">
        <p>
          <strong>{t.codesFor(site, account)}</strong> {use}
        </p>
        <ul id="codes" class="plain" aria-label={t.codesList}>
          {codes.map((code) => (
            <li>{code}</li>
          ))}
        </ul>
      </div>
      <div class="grid">
        <ActionButton view={view} data-action="copy" data-from="codes" text={t.copy} />
        <ActionButton view={view} data-action="save" data-from="sheet" text={t.download} data-file={file} />
        <ActionButton view={view} data-action="print" text={t.print} />
      </div>
      {'set' in next && <ActivateForm view={view} set={next.set} error={error} />}
      <div class="grid">{'done' in next && <Go href={next.done} text={t.done} quiet={false} />}</div>
    </Layout>
  );
}

function ActivateForm({ view, set, error }: Props<{ set: string; error: string | null }>) {
  const described = error ? { 'aria-invalid': 'true', 'aria-describedby': 'stored-error' } : {};
  return (
    <form method="post" action="/security/two-factor/activate">
      <input type="hidden" name="set" value={set} />
      <label>
        <input type="checkbox" name="stored" value="yes" required autofocus={error !== null} {...described} />
        {view.t.codesStored}
      </label>
      <FieldError name="stored" error={error} />
      <button type="submit">{view.t.activate}</button>
    </form>
  );
}

/** After a reload in the middle of the set-up. Cancelling also starts it anew, where it has to be done. */
export const CodesShownPage = ({ view, set }: Props<{ set: string }>) => (
  <Layout view={view} title={view.t.codesTitle} lead={view.t.codesShown}>
    <ActivateForm view={view} set={set} error={null} />
    <form method="post" action="/security/two-factor/new-codes">
      <input type="hidden" name="set" value={set} />
      <div class="grid">
        <button type="submit" class="outline">
          {view.t.showNewCodes}
        </button>
        <CancelButton view={view} />
      </div>
    </form>
  </Layout>
);

// ----- administration, mail, errors

interface UsersProps {
  users: User[];
  search: string;
  page: number;
  more: boolean;
}

export function UsersPage({ view, users, search, page, more }: Props<UsersProps>) {
  const { t } = view;
  const address = (number: number) => `/admin?${new URLSearchParams({ q: search, page: String(number) })}`;
  return (
    <Layout view={view} shape="wide" title={t.users} lead={t.usersLead}>
      <search>
        <form method="get" action="/admin">
          <label for="q">{t.find}</label>
          <div class="grid">
            <input id="q" name="q" type="search" autocomplete="off" spellcheck={false} value={search} />
            <button type="submit">{t.findButton}</button>
          </div>
        </form>
      </search>
      {users.length === 0 && <p>{t.noUsers}</p>}
      <ul class="plain">
        {users.map((user) => (
          <li>
            <a href={`/admin/users/${user.id}`}>{user.email}</a> <Status view={view} user={user} />
          </li>
        ))}
      </ul>
      <div class="grid">
        {page > 1 && <Go href={address(page - 1)} text={t.previous} />}
        {more && <Go href={address(page + 1)} text={t.next} />}
      </div>
    </Layout>
  );
}

function Status({ view: { t }, user }: Props<{ user: User }>) {
  const { on, locked } = statusOf(user);
  return (
    <>
      <span class={on ? 'notice good' : 'notice warn'}>{on ? t.isOn : t.isOff}</span>
      {locked && <span class="notice bad">{t.locked}</span>}
    </>
  );
}

export function UserPage({ view, user, error }: Props<{ user: User; error: string | null }>) {
  const { t } = view;
  const { on, locked } = statusOf(user);
  const title = t.twoFactorOf(user.email);
  const action = `/admin/users/${user.id}`;
  if (!on || !view.user?.factor)
    return (
      <Layout view={view} title={title} lead={on ? t.adminNeedsFactor : t.adminNothing}>
        {on ? <SetUp view={view} /> : <Go href="/admin" text={t.back} />}
      </Layout>
    );
  return (
    <Layout view={view} title={title} lead={locked ? t.lockedText : t.adminText} error={error}>
      <form method="post" action={`${action}/unlock`}>
        <OwnPasswordField view={view} error={error} />
        <div class="grid">
          {locked && <button type="submit">{t.unlock}</button>}
          <button type="submit" class="bad" formaction={`${action}/two-factor-off`}>
            {t.adminDisable}
          </button>
          <Go href="/admin" text={t.cancel} />
        </div>
      </form>
    </Layout>
  );
}

export const MailPage = ({ view, mails }: Props<{ mails: Mail[] }>) => (
  <Layout view={view} shape="page" title={view.t.mailLog} lead={view.t.mailDemo}>
    {mails.length === 0 && <p>{view.t.mailEmpty}</p>}
    {mails.map(({ subject, body, recipient, sentAt }) => (
      <article>
        <hgroup>
          <h2>{subject}</h2>
          <p>
            {view.t.mailTo}: {recipient} · {sentAt.toISOString().slice(0, 16).replace('T', ' ')} UTC
          </p>
        </hgroup>
        {body.split('\n\n').map((paragraph) => (
          <p>{paragraph}</p>
        ))}
      </article>
    ))}
    <Go href="/" text={view.t.back} />
  </Layout>
);

export const ErrorPage = ({ view, text }: Props<{ text: string }>) => (
  <Layout view={view} title={text} error>
    <Go href="/" text={view.t.home} quiet={false} />
  </Layout>
);
