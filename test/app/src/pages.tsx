// The pages: HTML that works without JavaScript, on a phone, with a keyboard and with a screen reader.
import { raw } from 'hono/html';
import type { Child } from 'hono/jsx';
import { checkAttempts } from 'otpure';
import { encode } from 'uqr';
import type { Mail, User } from './database.js';
import type { Policy } from './second-factor.js';
import { type Language, languages, type Texts } from './texts.js';

/** What every page needs to know about the request. */
export interface View {
  site: string;
  t: Texts;
  lang: Language;
  /** Proof, in every form, that one of our pages sent it. */
  csrf: string;
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
const mark = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" width="32" height="32" aria-hidden="true"><rect width="32" height="32" rx="8" fill="#0172ad"/><g fill="none" stroke="#fff" stroke-linecap="round" stroke-width="3"><path d="M16 6.5A9.5 9.5 0 1 1 6.5 16"/><path d="M11.5 16.2l3.200 3.200 5.800-6.400" stroke-linejoin="round"/></g></svg>`;

/** Notices that aren't just information. */
const tones: Partial<Record<keyof Texts['notice'], Tone>> = {
  activated: 'good',
  'log-in-again': 'good',
  'password-changed': 'good',
  moved: 'good',
  unlocked: 'good',
  'backup-disabled': 'warn',
  'codes-void': 'warn',
  'session-over': 'warn',
  'codes-shown': 'warn',
  'no-set-up': 'warn',
  'switched-off': 'warn',
};
type Tone = 'good' | 'warn' | 'bad';

interface LayoutProps {
  title: string;
  lead?: Child;
  error?: boolean;
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
            {notice && (
              <Note tone={tones[notice]} role="status">
                {t.notice[notice]}
              </Note>
            )}
            <Frame>
              <hgroup>
                <h1>{title}</h1>
                {lead && <p>{lead}</p>}
              </hgroup>
              {children}
              {foot && <footer>{foot}</footer>}
            </Frame>
          </main>
          <footer class="container">{path && <Languages view={view} path={path} />}</footer>
        </body>
      </html>
    </>
  );
}

function Header({ view }: Props) {
  const { t, site, user, email, path } = view;
  const link = (href: string, text: string) => {
    const within = href !== '/' && path?.startsWith(`${href}/`) ? 'true' : undefined;
    return (
      <li>
        <a href={href} aria-current={path === href ? 'page' : within}>
          {text}
        </a>
      </li>
    );
  };
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
                <Form view={view} action="/logout">
                  <button type="submit">{t.logOut}</button>
                </Form>
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

const Languages = ({ view, path }: Props<{ path: string }>) => (
  <nav aria-label={view.t.language}>
    <ul>
      {Object.entries(languages).map(([lang, { name }]) => (
        <li>
          <a
            href={`${path}?lang=${lang}`}
            hreflang={lang}
            lang={lang}
            aria-current={lang === view.lang ? 'true' : undefined}
          >
            {name}
          </a>
        </li>
      ))}
    </ul>
  </nav>
);

const Note = ({ tone, role, children }: { tone?: Tone | undefined; role?: string; children: Child }) => (
  <p class={tone ? `notice ${tone}` : 'notice'} role={role}>
    {children}
  </p>
);

const Form = ({ view, action, children }: Props<{ action: string; children: Child }>) => (
  <form method="post" action={action}>
    <input type="hidden" name="csrf" value={view.csrf} />
    {children}
  </form>
);

/** A link that looks like a button. */
const Go = ({ href, text, quiet = true }: { href: string; text: string; quiet?: boolean }) => (
  <a class={quiet ? 'button outline' : 'button'} href={href}>
    {text}
  </a>
);

interface FormPageProps extends LayoutProps {
  action: string;
  button: string;
  danger?: boolean;
  /** Where "cancel" goes. */
  back?: string;
}

/** Most pages: a card with a form. */
const FormPage = ({ view, action, button, danger, back, children, ...layout }: Props<FormPageProps>) => (
  <Layout view={view} {...layout}>
    <Form view={view} action={action}>
      {children}
      <div class="grid">
        <button type="submit" class={danger ? 'bad' : undefined}>
          {button}
        </button>
        {back && <Go href={back} text={view.t.cancel} />}
      </div>
    </Form>
  </Layout>
);

interface FieldProps {
  name: string;
  label: string;
  type?: string;
  autocomplete: string;
  inputmode?: 'numeric' | 'email';
  class?: string;
  hint?: string;
  error?: string | null | undefined;
  value?: string;
  focus?: boolean;
}

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

const FieldError = ({ name, error }: { name: string; error: string | null | undefined }) =>
  error ? (
    <small id={`${name}-error`} role="alert">
      {error}
    </small>
  ) : null;

type FieldOf = Pick<FieldProps, 'error' | 'focus' | 'value'>;

function EmailField({ view, ...field }: Props<FieldOf>) {
  const rest = { type: 'email', autocomplete: 'username', inputmode: 'email', ...field } as const;
  return <Field name="email" label={view.t.email} {...rest} />;
}

const PasswordField = ({ label, error }: { label: string; error: string | null | undefined }) => (
  <Field name="password" type="password" label={label} autocomplete="current-password" error={error} />
);

function NewPasswordField({ view, name, label, error }: Props<FieldOf & { name: string; label: string }>) {
  const rest = { type: 'password', hint: view.t.passwordHint, autocomplete: 'new-password', error };
  return <Field name={name} label={label} {...rest} />;
}

/** The password of whoever is logged in: an unattended screen must not be enough. */
const OwnPasswordField = ({ view, error }: Props<FieldOf>) => (
  <>
    {/* Tells password managers whose password is asked for. */}
    <input type="text" name="username" autocomplete="username" value={view.user?.email} readonly hidden />
    <PasswordField label={view.t.passwordAgain} error={error} />
  </>
);

function CodeField({ view: { t }, ...field }: Props<FieldOf>) {
  const rest = { class: 'code', autocomplete: 'one-time-code', inputmode: 'numeric', ...field } as const;
  return <Field name="code" label={t.code} hint={t.codeHint} {...rest} />;
}

/** For what changes an active factor. */
const AnyCodeField = ({ name, label, error }: FieldOf & { name: string; label: string }) => (
  <Field name={name} label={label} class="code" autocomplete="one-time-code" error={error} />
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
  const foot = (
    <>
      <Way text={t.noAccount} href="/register" link={t.createAccount} />
      <AskAdministrator view={view} text={t.lostPassword} />
    </>
  );
  const asks = { title: t.logIn, action: '/login', button: t.logIn, error: error !== null, foot };
  return (
    <FormPage view={view} {...asks}>
      <EmailField view={view} value={email} focus={!error} />
      <PasswordField label={t.password} error={error} />
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
  return (
    <FormPage view={view} {...asks} error={Object.keys(errors).length > 0}>
      <EmailField view={view} value={email} error={errors.email} focus={focus} />
      <NewPasswordField view={view} name="password" label={t.password} error={errors.password} />
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
  const foot = (
    <>
      {backupCodes && <Way href="/login/backup-code" link={t.useBackupCode} />}
      <AskAdministrator view={view} text={backupCodes ? t.lostBoth : t.lostPhone} />
    </>
  );
  const asks = { title: t.codeTitle, lead: t.codeIntro(view.site), action: '/login/code', button: t.logIn };
  return (
    <FormPage view={view} {...asks} error={error !== null} foot={foot}>
      <CodeField view={view} error={error} focus />
      {policy.trustedDevices && <TrustBox view={view} />}
    </FormPage>
  );
}

const TrustBox = ({ view }: Props) => (
  <label>
    <input type="checkbox" name="trust" value="yes" /> {view.t.trustBrowser}
  </label>
);

export function BackupCodePage({ view, error, policy }: Props<SecondStepProps>) {
  const { t } = view;
  const disables = policy.backupCodes === 'disable';
  const rest =
    policy.backupCodeAlphabet === 'digits'
      ? ({ hint: t.backupHintDigits, inputmode: 'numeric' } as const)
      : { hint: t.backupHint };
  const lead = disables ? t.backupIntro : `${t.backupIntro} ${t.worksOnce}`;
  const foot = (
    <>
      <Way href="/login/code" link={t.useApp} />
      <AskAdministrator view={view} text={t.lostBoth} />
    </>
  );
  const asks = { title: t.backupTitle, lead, action: '/login/backup-code', button: t.logIn, foot };
  return (
    <FormPage view={view} {...asks} error={error !== null}>
      {disables && <Note tone="warn">{t.backupDisables}</Note>}
      <Field name="code" label={t.backupCode} class="code" autocomplete="off" error={error} focus {...rest} />
      {policy.trustedDevices && !disables && <TrustBox view={view} />}
    </FormPage>
  );
}

/** A button, for programs that look through mails follow links. */
export const BrowserPage = ({ view, token }: Props<{ token: string }>) => (
  <FormPage
    view={view}
    title={view.t.browserTitle}
    lead={view.t.browserText}
    action="/login/browser"
    button={view.t.browserTitle}
  >
    <input type="hidden" name="token" value={token} />
  </FormPage>
);

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

export function HomePage({ view, user, reminder, policy }: Props<AccountProps>) {
  const { t, failures } = view;
  const { on } = statusOf(user);
  const go = on ? (
    <Go href="/security" text={t.manage} />
  ) : (
    <Go href="/security/two-factor" text={t.enable} quiet={false} />
  );
  return (
    <Layout view={view} shape="page" title={t.welcome} lead={t.loggedInAs(user.email)}>
      <Reminder view={view} date={reminder} />
      {failures > 0 && <Note tone="warn">{t.failures(failures)}</Note>}
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
const Row = ({ title, state, go, children }: RowProps) => (
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

interface RowProps {
  title: string;
  state?: Child;
  go?: Child;
  children?: Child;
}

function CodesLeft({ view: { t }, user }: Props<{ user: User }>) {
  const { codesLeft } = statusOf(user);
  if (codesLeft > 2) return <p>{t.codesLeft(codesLeft)}</p>;
  return (
    <Note tone="warn">{codesLeft === 0 ? t.noCodesLeft : `${t.codesLeft(codesLeft)} ${t.fewCodesLeft}`}</Note>
  );
}

const Reminder = ({ view: { t }, date }: Props<{ date: string | null }>) =>
  date && (
    <Note tone="warn">
      {t.reminder(date)} <a href="/security/two-factor">{t.reminderLink}</a>
    </Note>
  );

export function SecurityPage({
  view,
  user,
  reminder,
  policy,
  devices,
}: Props<AccountProps & { devices: number }>) {
  const { t } = view;
  const { on } = statusOf(user);
  const { obligatory, backupCodes } = policy;
  const off = !obligatory && <Go href="/security/two-factor/off" text={t.disable} />;
  const go = on ? off : <Go href="/security/two-factor" text={t.enable} quiet={false} />;
  return (
    <Layout view={view} shape="page" title={t.security}>
      <Reminder view={view} date={reminder} />
      <Row title={t.status} state={<Status view={view} user={user} />} go={go}>
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
        <Row
          title={t.devices}
          go={
            <Form view={view} action="/security/devices/forget">
              <button type="submit" class="outline">
                {t.forgetDevices}
              </button>
            </Form>
          }
        >
          <p>{t.devicesCount(devices)}</p>
        </Row>
      )}
      <Row title={t.password} go={<Go href="/security/password" text={t.changePassword} />}>
        <p>{t.passwordText}</p>
      </Row>
    </Layout>
  );
}

interface PasswordAsk extends Omit<FormPageProps, 'error'> {
  error: string | null;
}

/** A step that takes a code: of the app, or a backup code. */
export const AskCodePage = ({
  view,
  error,
  policy,
  children,
  ...asks
}: Props<PasswordAsk & SecondStepProps>) => (
  <FormPage view={view} {...asks} error={error !== null}>
    <AnyCodeField
      name="code"
      label={policy.backupCodes === 'off' ? view.t.code : view.t.codeOrBackup}
      error={error}
    />
    {children}
  </FormPage>
);

/** A step that takes the password again. */
export const PasswordPage = ({ view, error, children, ...asks }: Props<PasswordAsk>) => (
  <FormPage view={view} {...asks} error={error !== null}>
    <OwnPasswordField view={view} error={error} />
    {children}
  </FormPage>
);

export function ChangePasswordPage({ view, ...errors }: Props<{ error: string | null; newError?: string }>) {
  const { t } = view;
  const asks = { title: t.changePassword, lead: t.passwordText, button: t.changePassword, back: '/security' };
  return (
    <PasswordPage view={view} {...asks} action="/security/password" error={errors.error}>
      <NewPasswordField view={view} name="new" label={t.newPassword} error={errors.newError} />
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

const Step = ({ number, text }: { number: number; text: string }) => (
  <h2>
    <kbd>{number}</kbd> {text}
  </h2>
);

interface EnrolProps {
  uri: string;
  text: string;
  account: string;
  /** It has to be done to log in. */
  first: boolean;
  /** It takes the place of an active one, of which a code is needed too. */
  replaces: boolean;
  policy: Policy;
  error: string | null;
  currentError: string | null;
}

export function EnrolPage({ view, uri, text, account, first, ...rest }: Props<EnrolProps>) {
  const { t } = view;
  const { replaces, policy, error, currentError } = rest;
  const currentCode = policy.backupCodes === 'off' ? t.currentCode : t.currentCodeOrBackup;
  const foot = (
    <>
      {!first && <p>{t.cancelMeans}</p>}
      <AskAdministrator view={view} text={t.enrolHelp} />
    </>
  );
  const asks = { title: t.enrolTitle, lead: t.enrolLead, error: Boolean(error ?? currentError), foot };
  return (
    <Layout view={view} shape="wide" {...asks}>
      {first && <Note>{t.enrolFirst}</Note>}
      <ol class="steps plain">
        <li>
          <Step number={1} text={t.stepApp} />
          <Apps view={view} />
        </li>
        <li>
          <Step number={2} text={t.stepScan} />
          <p class="on-phone">
            <Go href={uri} text={t.openApp} quiet={false} />
          </p>
          <p>
            <QrCode text={uri} label={t.qrLabel} />
          </p>
          <details>
            <summary>{t.cannotScan}</summary>
            <p>{t.typeKey(`${view.site}: ${account}`)}</p>
            <code id="key">{text}</code>
            <ActionButton view={view} action="copy" from="key" text={t.copyKey} />
          </details>
        </li>
        <li>
          <Step number={3} text={t.stepConfirm} />
          <Form view={view} action="/security/two-factor/confirm">
            {/* Not focused at first: a phone would scroll past the QR code. */}
            <CodeField view={view} error={error} />
            {replaces && <AnyCodeField name="currentCode" label={currentCode} error={currentError} />}
            <div class="grid">
              <button type="submit">{t.confirm}</button>
              {!first && <CancelButton view={view} />}
            </div>
          </Form>
        </li>
      </ol>
    </Layout>
  );
}

interface ActionProps {
  action: 'copy' | 'print' | 'save';
  text: string;
  /** The id of what it works on. */
  from?: string;
  /** The name of the file that is saved. */
  file?: string;
}

/** Shown by buttons.js if it works. */
function ActionButton({ view, text, action, from, file }: Props<ActionProps>) {
  const data = { 'data-action': action, 'data-from': from, 'data-file': file, 'data-done': view.t.copied };
  return (
    <button class="outline" type="button" aria-live="polite" hidden {...data}>
      {text}
    </button>
  );
}

const CancelButton = ({ view }: Props) => (
  <button type="submit" class="outline" formaction="/security/two-factor/cancel" formnovalidate>
    {view.t.cancel}
  </button>
);

/** Drawn here, on the server: a QR service elsewhere would be given the secret. */
function QrCode({ text, label }: { text: string; label: string }) {
  const { data, size } = encode(text, { ecc: 'M', border: 2 });
  const path = data.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : ''))).join('');
  const box = { viewBox: `0 0 ${size} ${size}`, 'shape-rendering': 'crispEdges' };
  return (
    <svg class="qr" {...box} role="img" aria-label={label}>
      <path d={path} fill="#000" />
    </svg>
  );
}

interface CodesProps {
  codes: string[];
  account: string;
  policy: Policy;
  /** They belong to a set-up that is still to be finished; or it is done, and one goes on there. */
  next: { set: string } | { done: string };
  error: string | null;
}

/** The one page that shows backup codes. */
export function CodesPage({ view, codes, account, policy, next, error }: Props<CodesProps>) {
  const { t, site } = view;
  const use = policy.backupCodes === 'disable' ? t.oneVoidsAll : t.worksOnce;
  const file = `${site} ${t.codesFile}.txt`.toLowerCase().replace(/[^\p{L}\p{N}.]+/gu, '-');
  return (
    <Layout view={view} title={t.codesTitle} lead={t.codesIntro} error={error !== null}>
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
        <ActionButton view={view} action="copy" from="codes" text={t.copy} />
        <ActionButton view={view} action="save" from="sheet" text={t.download} file={file} />
        <ActionButton view={view} action="print" text={t.print} />
      </div>
      {'set' in next ? (
        <ActivateForm view={view} set={next.set} error={error} />
      ) : (
        <div class="grid">
          <Go href={next.done} text={t.done} quiet={false} />
        </div>
      )}
    </Layout>
  );
}

function ActivateForm({ view, set, error }: Props<{ set: string; error: string | null }>) {
  const { t } = view;
  const described = error ? { 'aria-invalid': 'true', 'aria-describedby': 'stored-error' } : {};
  return (
    <Form view={view} action="/security/two-factor/activate">
      <input type="hidden" name="set" value={set} />
      <label>
        <input type="checkbox" name="stored" value="yes" required autofocus={error !== null} {...described} />
        {t.codesStored}
      </label>
      <FieldError name="stored" error={error} />
      <button type="submit">{t.activate}</button>
    </Form>
  );
}

/** After a reload in the middle of the set-up. Cancelling also starts it anew, where it has to be done. */
export const CodesShownPage = ({ view, set }: Props<{ set: string }>) => (
  <Layout view={view} title={view.t.codesTitle} lead={view.t.codesShown}>
    <ActivateForm view={view} set={set} error={null} />
    <Form view={view} action="/security/two-factor/new-codes">
      <input type="hidden" name="set" value={set} />
      <div class="grid">
        <button type="submit" class="outline">
          {view.t.showNewCodes}
        </button>
        <CancelButton view={view} />
      </div>
    </Form>
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
  const lead = locked ? t.lockedText : t.adminText;
  if (on && !view.user?.factor)
    return (
      <Layout view={view} title={title} lead={t.adminNeedsFactor}>
        <Go href="/security/two-factor" text={t.enable} quiet={false} />
      </Layout>
    );
  if (!on)
    return (
      <Layout view={view} title={title} lead={t.adminNothing}>
        <Go href="/admin" text={t.back} />
      </Layout>
    );
  return (
    <Layout view={view} title={title} lead={lead} error={error !== null}>
      <Form view={view} action={`${action}/unlock`}>
        <OwnPasswordField view={view} error={error} />
        <div class="grid">
          {locked && <button type="submit">{t.unlock}</button>}
          <button type="submit" class="bad" formaction={`${action}/two-factor-off`}>
            {t.adminDisable}
          </button>
          <Go href="/admin" text={t.cancel} />
        </div>
      </Form>
    </Layout>
  );
}

export function MailPage({ view, mails }: Props<{ mails: Mail[] }>) {
  const { t } = view;
  return (
    <Layout view={view} shape="page" title={t.mailLog} lead={t.mailDemo}>
      {mails.length === 0 && <p>{t.mailEmpty}</p>}
      {mails.map((mail) => (
        <article>
          <hgroup>
            <h2>{mail.subject}</h2>
            <p>
              {t.mailTo}: {mail.recipient} · {mail.sentAt.toISOString().slice(0, 16).replace('T', ' ')} UTC
            </p>
          </hgroup>
          {mail.body.split('\n\n').map((paragraph) => (
            <p>{paragraph}</p>
          ))}
        </article>
      ))}
      <Go href="/" text={t.back} />
    </Layout>
  );
}

/** `href` and `link`: where to go from here. */
export const ErrorPage = ({
  view,
  text,
  href,
  link,
}: Props<{ text: string; href?: string; link?: string }>) => (
  <Layout view={view} title={text} error>
    <Go href={href ?? '/'} text={link ?? view.t.home} quiet={false} />
  </Layout>
);
