// The pages: HTML that works without JavaScript, on a phone, with a keyboard and with a screen reader.
import { raw } from 'hono/html';
import type { Child, JSX } from 'hono/jsx';
import { renderSVG } from 'uqr';
import type { Mail, User } from './database.js';
import { isLocked } from './second-factor.js';
import { languages } from './texts.js';
import type { View } from './web.js';

type Props<More = object> = { view: View } & More;

const mark = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" width="32" height="32" aria-hidden="true"><rect width="32" height="32" rx="8" fill="#0172ad"/><g fill="none" stroke="#fff" stroke-linecap="round" stroke-width="3"><path d="M16 6.5A9.5 9.5 0 1 1 6.5 16"/><path d="M11.5 16.2l3.2 3.2 5.8-6.4" stroke-linejoin="round"/></g></svg>`;

/** Notices that are no good news. */
const isWarning = (notice: string) => /^(backup-|codes-|link-|no-|session-|switched-)/.test(notice);

interface LayoutProps {
  title: string;
  lead?: Child;
  error?: string | boolean | null | undefined;
  /** One card, narrow or wide, or (`page`) cards of its own. */
  shape?: 'narrow' | 'wide' | 'page';
  /** At the end of the card: other ways, and what an administrator can help with. */
  foot?: Child;
  help?: string;
  children?: Child;
}

function Layout({ view, title, lead, error, shape = 'narrow', foot, help, children }: Props<LayoutProps>) {
  const { t, site, path, notice, contact } = view;
  const Frame = shape === 'page' ? 'div' : 'article';
  return (
    <>
      {raw('<!DOCTYPE html>')}
      <html lang={view.lang}>
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <title>{`${error ? `${t.errorPrefix}: ` : ''}${title} · ${site}`}</title>
          <link rel="stylesheet" href="/public/pico.css" />
          <link rel="stylesheet" href="/public/style.css" />
          <link rel="icon" href={`data:image/svg+xml,${encodeURIComponent(mark)}`} />
          <script type="module" src="/public/buttons.js" />
        </head>
        <body>
          <a href="#content">{t.skip}</a>
          <Header view={view} />
          <main id="content" class={`container ${shape}`}>
            {notice && <Note warn={isWarning(notice)} role="status" text={t.notice[notice]} />}
            <Frame>
              <hgroup>
                <h1>{title}</h1>
                {lead && <p>{lead}</p>}
              </hgroup>
              {children}
              {(foot || help) && (
                <footer>
                  {foot}
                  {help && (
                    <p>
                      {help} {t.askAdministrator}
                      {contact ? ': ' : '.'}
                      {contact && <a href={`mailto:${contact}`}>{contact}</a>}
                    </p>
                  )}
                </footer>
              )}
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
    <Item href={href} text={text} here={href === `/${path?.split('/')[1]}`} />
  );
  return (
    <header class="container">
      <nav aria-label={site}>
        <strong>
          {raw(mark)} {site}
        </strong>
        {email && (
          <details class="dropdown">
            <summary>{email.replace(/(?<=^.{12}).{2,}/su, '…')}</summary>
            <ul dir="rtl">
              {user && link('/security/password', t.changePassword)}
              <li>
                <form method="post" action="/logout">
                  <Button class="outline" text={t.logOut} />
                </form>
              </li>
            </ul>
          </details>
        )}
        <ul>
          {user && link('/security', t.security)}
          {user?.isAdmin && link('/admin', t.users)}
          {view.demo && path && link('/mail', t.mailLog)}
        </ul>
      </nav>
    </header>
  );
}

const Note = ({ text, warn, role }: { text: string; warn?: boolean; role?: string }) => (
  <p class={warn ? 'notice warn' : 'notice'} role={role}>
    {text}
  </p>
);

/** A link that looks like a button. */
const Go = ({ href, text, filled }: { href: string; text: string; filled?: boolean }) => (
  <a class={filled ? 'button filled' : 'button'} href={href}>
    {text}
  </a>
);

type ButtonProps = JSX.IntrinsicElements['button'] & { text: string };

const Button = ({ text, ...more }: ButtonProps) => <button {...more}>{text}</button>;

interface FormPageProps extends LayoutProps {
  action: string;
  /** If not the title. */
  button?: string;
  danger?: boolean;
  /** Where "cancel" goes. */
  back?: string;
}

const FormPage = ({ view, action, button, danger, back, children, ...layout }: Props<FormPageProps>) => (
  <Layout view={view} {...layout}>
    <form method="post" action={action}>
      {children}
      <div class="buttons">
        <Button class={danger ? 'bad' : undefined} text={button ?? layout.title} />
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

/** With its error or a hint, which a screen reader reads with it. After an error, typing goes on there. */
function Field({ name, label, hint, error, focus, type = 'text', ...input }: FieldProps) {
  const text = error ?? hint;
  const caption = <label for={name}>{label}</label>;
  return (
    <>
      {type !== 'checkbox' && caption}
      <input
        id={name}
        name={name}
        type={type}
        required
        autocapitalize="none"
        spellcheck={false}
        autofocus={focus ?? Boolean(error)}
        aria-describedby={text ? `${name}-text` : undefined}
        aria-invalid={error ? 'true' : undefined}
        {...input}
      />
      {type === 'checkbox' && caption}
      {text && (
        <small id={`${name}-text`} role={error ? 'alert' : undefined}>
          {text}
        </small>
      )}
    </>
  );
}

const emailField = { name: 'email', type: 'email', autocomplete: 'username', inputmode: 'email' } as const;
const passwordField = { name: 'password', type: 'password', autocomplete: 'current-password' };
const newPasswordField = { type: 'password', autocomplete: 'new-password' };
const codeField = { name: 'code', class: 'code', autocomplete: 'one-time-code' };
const digits = { inputmode: 'numeric' } as const;
const trustBox = { name: 'trust', type: 'checkbox', value: 'yes', required: false };

const Way = ({ text, href, link }: { text?: string; href: string; link: string }) => (
  <p>
    {text} <a href={href}>{link}</a>
  </p>
);

// ----- logging in

export function LoginPage({ view, email, error }: Props<{ email: string; error: string | null }>) {
  const { t } = view;
  const asks = { title: t.logIn, action: '/login', help: t.lostPassword, error };
  const foot = <Way text={t.noAccount} href="/register" link={t.createAccount} />;
  return (
    <FormPage view={view} {...asks} foot={foot}>
      <Field {...emailField} label={t.email} value={email} focus={!error} />
      <Field {...passwordField} label={t.password} error={error} />
    </FormPage>
  );
}

type RegisterProps = Props<{ email: string; errors: { email?: string; password?: string } }>;

export function RegisterPage({ view, email, errors }: RegisterProps) {
  const { t } = view;
  const foot = <Way text={t.haveAccount} href="/login" link={t.logIn} />;
  const error = errors.email ?? errors.password;
  const focus = !!errors.email || !errors.password;
  const chosen = { ...newPasswordField, name: 'password', hint: t.passwordHint, error: errors.password };
  return (
    <FormPage view={view} title={t.createAccount} action="/register" error={error} foot={foot}>
      <Field {...emailField} label={t.email} value={email} error={errors.email} focus={focus} />
      <Field {...chosen} label={t.password} />
    </FormPage>
  );
}

type ErrorProps = Props<{ error: string | null }>;

export function CodePage({ view, error }: ErrorProps) {
  const { t, policy } = view;
  const backupCodes = policy.backupCodes !== 'off';
  const foot = backupCodes && <Way href="/login/backup-code" link={t.backupTitle} />;
  const help = backupCodes ? t.lostBoth : t.lostPhone;
  const asks = { title: t.twoFactor, lead: t.codeIntro(view.site), action: '/login/code', button: t.logIn };
  return (
    <FormPage view={view} {...asks} error={error} foot={foot} help={help}>
      <Field {...codeField} {...digits} label={t.code} hint={t.codeHint} error={error} focus />
      {policy.trustedDevices && <Field {...trustBox} label={t.trustBrowser} />}
    </FormPage>
  );
}

export function BackupCodePage({ view, error }: ErrorProps) {
  const { t, policy } = view;
  const disables = policy.backupCodes === 'disable';
  const lead = disables ? t.backupIntro : `${t.backupIntro} ${t.worksOnce}`;
  const asks = { title: t.backupTitle, lead, action: '/login/backup-code', button: t.logIn };
  const foot = <Way href="/login/code" link={t.useApp} />;
  const keypad = policy.backupCodeAlphabet === 'digits' && digits;
  const field = { ...codeField, ...keypad, autocomplete: 'off', label: t.backupCode, hint: t.backupHint };
  return (
    <FormPage view={view} {...asks} error={error} foot={foot} help={t.lostBoth}>
      {disables && <Note warn text={t.oneVoidsAll} />}
      <Field {...field} error={error} focus />
      {policy.trustedDevices && !disables && <Field {...trustBox} label={t.trustBrowser} />}
    </FormPage>
  );
}

/** A button, for programs that look through mails follow links. To switch the language would lose the token. */
export function BrowserPage({ view, token }: Props<{ token: string }>) {
  const { browserTitle: title, browserText: lead } = view.t;
  return (
    <FormPage view={{ ...view, path: null }} title={title} lead={lead} action="/login/browser">
      <input type="hidden" name="token" value={token} />
    </FormPage>
  );
}

export const LockedPage = ({ view, view: { t } }: Props) => (
  <Layout view={view} title={t.codeLocked} lead={t.lockedWhy} help={t.askToUnlock} error />
);

// ----- the account

type CardProps = { title: Child; text?: string; go?: Child; children?: Child };

/** `go`: what can be done about it. */
const Card = ({ title, text, go, children }: CardProps) => (
  <article class="row">
    <div>
      <h2>{title}</h2>
      {text && <p>{text}</p>}
      {children}
    </div>
    {go}
  </article>
);

const SetUp = ({ view }: Props) => <Go href="/security/two-factor" text={view.t.enable} filled />;

const Status = ({ view: { t }, user }: Props<{ user: User }>) => (
  <>
    <small class={user.factor ? 'notice' : 'notice warn'}>{user.factor ? t.isOn : t.isOff}</small>
    {isLocked(user) && [' ', <small class="notice bad">{t.locked}</small>]}
  </>
);

/** Where a login leads. `devices`: how many browsers are trusted. */
export function SecurityPage({ view, user, devices }: Props<{ user: User; devices: number }>) {
  const { t, policy, failures } = view;
  const { factor } = user;
  const left = factor?.backupHashes.length ?? 0;
  const few = Math.min(2, policy.backupCodeCount - 1);
  const off = !policy.obligatory && <Go href="/security/two-factor/off" text={t.disable} />;
  const password = <Go href="/security/password" text={t.changePassword} />;
  const forget = (
    <form method="post" action="/security/devices/forget">
      <Button class="outline" text={t.forgetDevices} />
    </form>
  );
  const title = [t.twoFactor, ' ', <Status view={view} user={user} />];
  return (
    <Layout view={view} shape="page" title={t.security} lead={t.loggedInAs(user.email)}>
      {failures > 0 && <Note warn text={t.failures(failures)} />}
      <Card title={title} text={factor ? t.onText : t.offText} go={factor ? off : <SetUp view={view} />}>
        {factor && policy.obligatory && <p>{t.obligatory}</p>}
        {factor && <Way text={t.newPhone} href="/security/two-factor" link={t.move} />}
        {user.wasReset && <Note warn text={t.wasReset} />}
        {!factor && policy.obligatoryFrom && <Note warn text={t.reminder(new Date(policy.obligatoryFrom))} />}
      </Card>
      {factor && policy.backupCodes !== 'off' && (
        <Card title={t.backupCodes} go={<Go href="/security/backup-codes" text={t.renewCodes} />}>
          {left > few ? <p>{t.codesLeft(left)}</p> : <Note warn text={`${t.codesLeft(left)} ${t.fewLeft}`} />}
          {policy.backupCodes === 'disable' && <p>{t.oneVoidsAll}</p>}
        </Card>
      )}
      {policy.trustedDevices && devices > 0 && (
        <Card title={t.devices} text={t.devicesCount(devices)} go={forget} />
      )}
      <Card title={t.password} text={t.passwordText} go={password} />
    </Layout>
  );
}

type AskProps = Props<FormPageProps & { error: string | null }>;

/** A step that takes a code: of the app, or a backup code. */
export function AskCodePage({ children, ...asks }: AskProps) {
  const { t, policy } = asks.view;
  const kind =
    policy.backupCodes === 'off' ? { ...digits, label: t.code } : { label: t.code + t.orBackupCode };
  return (
    <FormPage {...asks}>
      <Field {...codeField} {...kind} error={asks.error} />
      {children}
    </FormPage>
  );
}

/** A step that takes the password again: an unattended screen must not be enough. */
export const PasswordPage = ({ children, ...asks }: AskProps) => (
  <FormPage {...asks}>
    {/* Tells password managers whose password is asked for. */}
    <input name="username" autocomplete="username" value={asks.view.user?.email} readonly hidden />
    <Field {...passwordField} label={asks.view.t.passwordAgain} error={asks.error} />
    {children}
  </FormPage>
);

export function ChangePasswordPage({ view, error, newError }: ErrorProps & { newError?: string }) {
  const { changePassword: title, passwordText: lead, newPassword: label, passwordHint: hint } = view.t;
  const asks = { title, lead, action: '/security/password', back: '/security', error };
  return (
    <PasswordPage view={view} {...asks}>
      <Field {...newPasswordField} name="new" label={label} hint={hint} error={newError} />
    </PasswordPage>
  );
}

// ----- setting up

/** Where iPhones and where Android phones find them. */
const apps = [
  ['Google Authenticator', '388497605', 'com.google.android.apps.authenticator2'],
  ['Microsoft Authenticator', '983156458', 'com.azure.authenticator'],
  ['Authy', '494168017', 'com.authy.authy'],
  ['Duo Mobile', '422663827', 'com.duosecurity.duomobile'],
];
const appStore = 'https://apps.apple.com/app/id';
const playStore = 'https://play.google.com/store/apps/details?id=';

/** `currentError`: of the code of the phone that is on already, if there is one. */
type EnrolProps = ErrorProps & { owner: User; uri: string; text: string; currentError: string | null };

export function EnrolPage({ view, owner, uri, text, error, currentError }: EnrolProps) {
  const { t, site, user } = view;
  const replaces = owner.factor;
  const label = t.currentCode + (view.policy.backupCodes === 'off' ? '' : t.orBackupCode);
  const asks = { title: replaces ? t.move : t.enable, lead: t.enrolLead, help: t.enrolHelp };
  const foot = user && <p>{t.cancelMeans}</p>;
  return (
    <Layout view={view} shape="wide" {...asks} error={error ?? currentError} foot={foot}>
      {owner.wasReset && <Note warn text={t.wasReset} />}
      {!user && <Note warn text={t.enrolFirst} />}
      <ol class="steps">
        <li>
          <h2>{t.stepApp}</h2>
          <ul>
            {apps.map(([name, iPhone, android]) => (
              <li>
                {name}: <a href={appStore + iPhone}>iPhone</a>, <a href={playStore + android}>Android</a>
              </li>
            ))}
          </ul>
          <p>{t.otherApps}</p>
        </li>
        <li>
          <h2>{t.stepScan}</h2>
          <p class="on-phone">
            <Go href={uri} text={t.openApp} filled />
          </p>
          {/* Drawn here, on the server: a QR service elsewhere would be given the secret. */}
          <div class="qr" role="img" aria-label={t.qrLabel}>
            {raw(renderSVG(uri, { ecc: 'M', border: 2 }))}
          </div>
          <details>
            <summary>{t.cannotScan}</summary>
            <p>{t.typeKey(`${site}: ${owner.email}`)}</p>
            <p>
              <code id="key">{text}</code>
            </p>
            <ActionButton view={view} data-action="copy" data-from="key" text={t.copy} />
          </details>
        </li>
        <li>
          <h2>{t.stepConfirm}</h2>
          <form method="post" action="/security/two-factor/confirm">
            {/* Not focused at first: a phone would scroll past the QR code. */}
            <Field {...codeField} {...digits} label={t.code} hint={t.codeHint} error={error} />
            {replaces && <Field {...codeField} name="currentCode" label={label} error={currentError} />}
            <div class="buttons">
              <Button text={t.confirm} />
              {user && <CancelButton view={view} />}
            </div>
          </form>
        </li>
      </ol>
    </Layout>
  );
}

const CancelButton = ({ view }: Props) => (
  <Button class="outline" formaction="/security/two-factor/cancel" formnovalidate text={view.t.cancel} />
);

/** Shown by buttons.js, if it works. */
const ActionButton = ({ view, ...more }: Props<ButtonProps>) => (
  <Button class="outline" type="button" aria-live="polite" hidden data-done={view.t.copied} {...more} />
);

/** `set`: these codes are still to be activated. `again`: in place of others. */
type CodesProps = Props<{ codes: string[]; user: User; set?: string; again?: boolean }>;

/** The one page that shows backup codes: only their hashes are stored. To switch the language would lose them. */
export function CodesPage({ view, codes, user, set, again }: CodesProps) {
  const { t, site } = view;
  const use = view.policy.backupCodes === 'disable' ? t.oneVoidsAll : t.worksOnce;
  const file = `${site} ${t.backupCodes}.txt`.toLowerCase().replace(/[^\p{L}\p{N}.]+/gu, '-');
  return (
    <Layout view={{ ...view, path: null }} title={t.codesTitle} lead={t.codesIntro}>
      {again && <Note warn role="status" text={t.codesNotStored} />}
      <div class="sheet" id="sheet">
        <p>
          <strong>{t.codesFor(site, user.email)}</strong> {use}
        </p>
        <ol id="codes" aria-label={t.backupCodes}>
          {codes.map((code) => (
            <li>{code}</li>
          ))}
        </ol>
      </div>
      <div class="buttons">
        <ActionButton view={view} data-action="copy" data-from="codes" text={t.copy} />
        <ActionButton view={view} data-action="save" data-from="sheet" text={t.download} data-file={file} />
        <ActionButton view={view} data-action="print" text={t.print} />
      </div>
      {set ? <ActivateForm view={view} set={set} /> : <Go href="/security" text={t.done} filled />}
    </Layout>
  );
}

const ActivateForm = ({ view: { t }, set, children }: Props<{ set: string; children?: Child }>) => (
  <form method="post" action="/security/two-factor/activate">
    <input type="hidden" name="set" value={set} />
    <Field name="stored" type="checkbox" value="yes" label={t.codesStored} />
    <div class="buttons">
      <Button text={t.activate} />
      {children}
    </div>
  </form>
);

/** After a reload in the middle of the set-up. Cancelling also starts it anew, if it has to be done. */
export const CodesShownPage = ({ view, set }: Props<{ set: string }>) => (
  <Layout view={view} title={view.t.codesTitle} lead={view.t.codesShown}>
    <ActivateForm view={view} set={set}>
      <Button class="outline" name="stored" value="no" formnovalidate text={view.t.showNewCodes} />
      <CancelButton view={view} />
    </ActivateForm>
  </Layout>
);

// ----- administration, mail, errors

type UsersProps = Props<{ users: User[]; search: string; page: number; more: boolean }>;

export function UsersPage({ view, users, search, page, more }: UsersProps) {
  const { t } = view;
  const address = (number: number) => `/admin?${new URLSearchParams({ q: search, page: String(number) })}`;
  return (
    <Layout view={view} shape="wide" title={t.users}>
      <search>
        <form class="buttons" action="/admin">
          <Field name="q" type="search" label={t.find} value={search} autocomplete="off" required={false} />
          <Button text={t.findButton} />
        </form>
      </search>
      {users.length === 0 && <p>{t.noUsers}</p>}
      <ul>
        {users.map((user) => (
          <li>
            <a href={`/admin/users/${user.id}`}>{user.email}</a> <Status view={view} user={user} />
          </li>
        ))}
      </ul>
      <div class="buttons">
        {page > 1 && <Go href={address(page - 1)} text={t.previous} />}
        {more && <Go href={address(page + 1)} text={t.next} />}
      </div>
    </Layout>
  );
}

export function UserPage({ view, user, error }: Props<{ user: User; error: string | null }>) {
  const { t } = view;
  const locked = isLocked(user);
  const asks = { title: user.email, lead: locked ? t.lockedText : t.adminText, back: '/admin', error };
  const action = `/admin/users/${user.id}`;
  if (!user.factor) return <Layout view={view} title={user.email} lead={t.adminNothing} />;
  if (!view.user?.factor)
    return <Layout view={view} title={user.email} lead={t.adminNeedsFactor} foot={<SetUp view={view} />} />;
  return (
    <PasswordPage view={view} {...asks} action={`${action}/two-factor-off`} button={t.disable} danger>
      {/* In front, so that the enter key does not switch it off. */}
      {locked && <Button formaction={`${action}/unlock`} text={t.unlock} />}
    </PasswordPage>
  );
}

export const MailPage = ({ view, mails }: Props<{ mails: Mail[] }>) => (
  <Layout view={view} shape="page" title={view.t.mailLog} lead={view.t.mailDemo}>
    {mails.map(({ recipient, subject, body }) => (
      <article>
        <h2>{subject}</h2>
        {[recipient, ...body.split(/\n+/)].map((line) => (
          <p>{line}</p>
        ))}
      </article>
    ))}
    <Go href="/" text={view.t.home} />
  </Layout>
);

export const ErrorPage = ({ view, text }: Props<{ text: string }>) => (
  <Layout view={view} title={text} error>
    <Go href="/" text={view.t.home} filled />
  </Layout>
);
