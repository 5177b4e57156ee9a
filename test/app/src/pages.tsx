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
  /** Somebody is half logged in, so there is something to log out from. */
  canLogOut: boolean;
  demo: boolean;
  /** Wrong passwords and codes since the log-in before this one. */
  failures: number;
  /** An e-mail address for those who can't log in, if the site gives one. */
  contact: string | null;
  /** A notice after a redirect. */
  notice: string | null;
}

type Props<More = object> = { view: View } & More;

/** What pages show of a user's second factor. */
const statusOf = ({ factor }: User) => ({
  on: factor !== null,
  codesLeft: factor?.backupHashes.length ?? 0,
  locked: checkAttempts(factor?.attempts ?? null).locked,
});

function Layout({
  view,
  title,
  error,
  children,
}: Props<{ title: string; error?: boolean; children: Child }>) {
  const { t, site, user, path } = view;
  return (
    <>
      {raw('<!DOCTYPE html>')}
      <html lang={view.lang}>
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <title>
            {error ? `${t.errorPrefix}: ` : ''}
            {title} · {site}
          </title>
          <link rel="stylesheet" href="/public/style.css" />
          <link rel="icon" href="data:," />
          <script type="module" src="/public/copy.js" />
        </head>
        <body>
          <a class="skip" href="#content">
            {t.skip}
          </a>
          <header>
            <strong>{site}</strong>
            <nav aria-label={t.menu}>
              {user && <NavLink view={view} href="/" text={t.home} />}
              {user && <NavLink view={view} href="/security" text={t.security} />}
              {user?.isAdmin && <NavLink view={view} href="/admin" text={t.administration} />}
              {view.demo && path && <NavLink view={view} href="/mail" text={t.mailLog} />}
              {view.canLogOut && (
                <Form view={view} action="/logout">
                  <button type="submit">{t.logOut}</button>
                </Form>
              )}
            </nav>
          </header>
          <main id="content">
            {view.notice && (
              <p class="notice" role="status">
                {view.notice}
              </p>
            )}
            <h1>{title}</h1>
            {children}
          </main>
          <footer>
            {path && (
              <nav aria-label={t.language}>
                {Object.entries(languages).map(([lang, { name }]) => (
                  <a
                    href={`${path}?lang=${lang}`}
                    hreflang={lang}
                    lang={lang}
                    aria-current={lang === view.lang ? 'true' : undefined}
                  >
                    {name}
                  </a>
                ))}
              </nav>
            )}
          </footer>
        </body>
      </html>
    </>
  );
}

function NavLink({ view: { path }, href, text }: Props<{ href: string; text: string }>) {
  const within = href !== '/' && path?.startsWith(`${href}/`) ? 'true' : undefined;
  return (
    <a href={href} aria-current={path === href ? 'page' : within}>
      {text}
    </a>
  );
}

const Form = ({ view, action, children }: Props<{ action: string; children: Child }>) => (
  <form method="post" action={action}>
    <input type="hidden" name="csrf" value={view.csrf} />
    {children}
  </form>
);

interface FieldProps {
  name: string;
  label: string;
  type?: string;
  required?: boolean;
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
      {hint && (
        <p class="hint" id={`${name}-hint`}>
          {hint}
        </p>
      )}
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
      {error && (
        <p class="error" id={`${name}-error`} role="alert">
          {error}
        </p>
      )}
    </>
  );
}

function EmailField({
  view,
  ...field
}: Props<{ value: string; error?: string | undefined; focus: boolean }>) {
  const rest = { autocomplete: 'username', inputmode: 'email', ...field } as const;
  return <Field name="email" type="email" label={view.t.email} {...rest} />;
}

function NewPasswordField({
  view,
  name,
  label,
  error,
}: Props<{ name: string; label: string; error?: string | undefined }>) {
  const rest = { hint: view.t.passwordHint, autocomplete: 'new-password', error };
  return <Field name={name} type="password" label={label} {...rest} />;
}

/** The password of whoever is logged in: an unattended screen must not be enough. */
function OwnPasswordField({ view, error }: Props<{ error?: string | null | undefined }>) {
  return (
    <>
      {/* Tells password managers whose password is asked for. */}
      <input type="text" name="username" autocomplete="username" value={view.user?.email} readonly hidden />
      <Field
        name="password"
        type="password"
        label={view.t.passwordAgain}
        autocomplete="current-password"
        error={error}
      />
    </>
  );
}

function CodeField({ view: { t }, ...field }: Props<{ error: string | null; focus?: boolean }>) {
  const rest = {
    hint: t.codeHint,
    class: 'code',
    autocomplete: 'one-time-code',
    inputmode: 'numeric',
  } as const;
  return <Field name="code" label={t.code} {...rest} {...field} />;
}

/** What only an administrator can help with, and where to find one. */
function AskAdministrator({ view: { contact }, text }: Props<{ text: string }>) {
  return (
    <p>
      {text}
      {contact && ': '}
      {contact && <a href={`mailto:${contact}`}>{contact}</a>}.
    </p>
  );
}

// ----- logging in

export function LoginPage({ view, email, error }: Props<{ email: string; error: string | null }>) {
  const { t } = view;
  return (
    <Layout view={view} title={t.logIn} error={error !== null}>
      <Form view={view} action="/login">
        <EmailField view={view} value={email} focus={!error} />
        <Field
          name="password"
          type="password"
          label={t.password}
          autocomplete="current-password"
          error={error}
        />
        <button type="submit">{t.logIn}</button>
      </Form>
      <p>
        {t.noAccount} <a href="/register">{t.createAccount}</a>
      </p>
      <AskAdministrator view={view} text={t.lostPassword} />
    </Layout>
  );
}

export interface NewAccountErrors {
  email?: string;
  password?: string;
}

export function RegisterPage({ view, email, errors }: Props<{ email: string; errors: NewAccountErrors }>) {
  const { t } = view;
  return (
    <Layout view={view} title={t.createAccount} error={Object.keys(errors).length > 0}>
      <Form view={view} action="/register">
        <EmailField
          view={view}
          value={email}
          error={errors.email}
          focus={!!errors.email || !errors.password}
        />
        <NewPasswordField view={view} name="password" label={t.password} error={errors.password} />
        <button type="submit">{t.createAccount}</button>
      </Form>
      <p>
        {t.haveAccount} <a href="/login">{t.logIn}</a>
      </p>
    </Layout>
  );
}

export function CodePage({
  view,
  error,
  backupCodes,
}: Props<{ error: string | null; backupCodes: boolean }>) {
  const { t } = view;
  return (
    <Layout view={view} title={t.codeTitle} error={error !== null}>
      <p>{t.codeIntro}</p>
      <Form view={view} action="/login/code">
        <CodeField view={view} error={error} focus />
        <button type="submit">{t.logIn}</button>
      </Form>
      {backupCodes && (
        <p>
          <a href="/login/backup-code">{t.useBackupCode}</a>
        </p>
      )}
      <AskAdministrator view={view} text={backupCodes ? t.lostBoth : t.lostPhone} />
    </Layout>
  );
}

export function BackupCodePage({
  view,
  error,
  disables,
}: Props<{ error: string | null; disables: boolean }>) {
  const { t } = view;
  return (
    <Layout view={view} title={t.backupTitle} error={error !== null}>
      <p>{disables ? t.backupIntro : `${t.backupIntro} ${t.worksOnce}`}</p>
      {disables && <p class="reminder">{t.backupDisables}</p>}
      <Form view={view} action="/login/backup-code">
        <Field
          name="code"
          label={t.backupCode}
          hint={t.backupHint}
          class="backup"
          autocomplete="off"
          error={error}
          focus
        />
        <button type="submit">{t.logIn}</button>
      </Form>
      <p>
        <a href="/login/code">{t.useApp}</a>
      </p>
      <AskAdministrator view={view} text={t.lostBoth} />
    </Layout>
  );
}

/** A button, for programs that look through mails follow links. */
export function BrowserPage({ view, token }: Props<{ token: string }>) {
  const { t } = view;
  return (
    <Layout view={view} title={t.browserTitle}>
      <p>{t.browserText}</p>
      <Form view={view} action="/login/browser">
        <input type="hidden" name="token" value={token} />
        <button type="submit">{t.browserTitle}</button>
      </Form>
    </Layout>
  );
}

export function LockedPage({ view }: Props) {
  return (
    <Layout view={view} title={view.t.codeLocked} error>
      <AskAdministrator view={view} text={view.t.askToUnlock} />
    </Layout>
  );
}

// ----- the account

export function HomePage({ view, user, reminder }: Props<{ user: User; reminder: string | null }>) {
  return (
    <Layout view={view} title={view.t.welcome(user.email)}>
      <Reminder view={view} date={reminder} />
      {view.failures > 0 && <p class="reminder">{view.t.failures(view.failures)}</p>}
      <p>{view.t.homeText}</p>
    </Layout>
  );
}

function Reminder({ view, date }: Props<{ date: string | null }>) {
  if (!date) return null;
  return (
    <p class="reminder">
      {view.t.reminder(date)} <a href="/security/two-factor">{view.t.reminderLink}</a>
    </p>
  );
}

interface SecurityProps {
  user: User;
  reminder: string | null;
  policy: Policy;
}

export function SecurityPage({ view, user, reminder, policy }: Props<SecurityProps>) {
  const { t } = view;
  const { on, codesLeft } = statusOf(user);
  const { obligatory, backupCodes } = policy;
  return (
    <Layout view={view} title={t.security}>
      <Reminder view={view} date={reminder} />
      <h2>
        {t.status} <Status view={view} user={user} />
      </h2>
      <p>{on ? t.onText : t.offText}</p>
      {obligatory && <p>{t.obligatory}</p>}
      {!on && (
        <a class="button" href="/security/two-factor">
          {t.enable}
        </a>
      )}
      {on && obligatory && <AskAdministrator view={view} text={t.newPhoneObligatory} />}
      {on && obligatory && backupCodes === 'disable' && <p>{t.newPhoneBackup}</p>}
      {on && !obligatory && (
        <>
          <p>{t.newPhone}</p>
          <a class="button quiet" href="/security/two-factor/off">
            {t.disable}
          </a>
        </>
      )}
      {on && backupCodes !== 'off' && (
        <>
          <h2>{t.backupCodes}</h2>
          {codesLeft === 0 && <p class="reminder">{t.noCodesLeft}</p>}
          {codesLeft > 0 && <p>{t.codesLeft(codesLeft)}</p>}
          {backupCodes === 'disable' && <p>{t.oneVoidsAll}</p>}
          <a class="button quiet" href="/security/backup-codes">
            {t.renewCodes}
          </a>
        </>
      )}
      <h2>{t.password}</h2>
      <a class="button quiet" href="/security/password">
        {t.changePassword}
      </a>
    </Layout>
  );
}

interface PasswordAsk {
  title: string;
  text: string;
  action: string;
  button: string;
  danger?: boolean;
  /** Where "cancel" goes. */
  back: string;
  error: string | null;
  /** More for the form. */
  children?: Child;
}

/** A step that takes the password again. */
export function PasswordPage({
  view,
  title,
  text,
  action,
  button,
  danger,
  back,
  error,
  children,
}: Props<PasswordAsk>) {
  return (
    <Layout view={view} title={title} error={error !== null}>
      <p>{text}</p>
      <Form view={view} action={action}>
        <OwnPasswordField view={view} error={error} />
        {children}
        <button type="submit" class={danger ? 'danger' : undefined}>
          {button}
        </button>
        <a class="button quiet" href={back}>
          {view.t.cancel}
        </a>
      </Form>
    </Layout>
  );
}

export function ChangePasswordPage({
  view,
  error,
  newError,
}: Props<{ error: string | null; newError?: string | undefined }>) {
  const { t } = view;
  const asks = { title: t.changePassword, text: t.passwordText, button: t.changePassword, error };
  return (
    <PasswordPage view={view} {...asks} action="/security/password" back="/security">
      <NewPasswordField view={view} name="new" label={t.newPassword} error={newError} />
    </PasswordPage>
  );
}

// ----- setting up

interface EnrolProps {
  uri: string;
  text: string;
  account: string;
  /** It has to be done to log in. */
  first: boolean;
  error: string | null;
}

export function EnrolPage({ view, uri, text, account, first, error }: Props<EnrolProps>) {
  const { t } = view;
  return (
    <Layout view={view} title={t.enrolTitle} error={error !== null}>
      {first && <p class="reminder">{t.enrolFirst}</p>}
      <p>{t.enrolNeeds}</p>
      <h2>{t.stepScan}</h2>
      <QrCode text={uri} label={t.qrLabel} />
      <a class="button quiet on-phone" href={uri}>
        {t.openApp}
      </a>
      <h3>{t.cannotScan}</h3>
      <code class="key" id="key">
        {text}
      </code>
      <CopyButton view={view} from="key" label={t.copyKey} />
      <dl>
        <dt>{t.account}</dt>
        <dd>
          {view.site}: {account}
        </dd>
        <dt>{t.kind}</dt>
        <dd>{t.kindValue}</dd>
      </dl>
      <h2>{t.stepConfirm}</h2>
      <Form view={view} action="/security/two-factor/confirm">
        {/* Not focused at first: a phone would scroll past the QR code. */}
        <CodeField view={view} error={error} />
        <button type="submit">{t.confirm}</button>
      </Form>
      {!first && <CancelForm view={view} />}
    </Layout>
  );
}

/** Shown by copy.js where copying works. */
const CopyButton = ({ view, from, label }: Props<{ from: string; label: string }>) => (
  <button class="quiet" type="button" data-copy={from} data-copied={view.t.copied} aria-live="polite" hidden>
    {label}
  </button>
);

const CancelForm = ({ view }: Props) => (
  <Form view={view} action="/security/two-factor/cancel">
    <button type="submit" class="quiet">
      {view.t.cancel}
    </button>
  </Form>
);

/** Drawn here, on the server: a QR service elsewhere would be given the secret. */
function QrCode({ text, label }: { text: string; label: string }) {
  const { data, size } = encode(text, { ecc: 'M', border: 4 });
  const path = data.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : ''))).join('');
  return (
    <svg
      class="qr"
      viewBox={`0 0 ${size} ${size}`}
      shape-rendering="crispEdges"
      role="img"
      aria-label={label}
    >
      <rect width={size} height={size} fill="#fff" />
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
  const about = `${t.codesFor(site, account)} ${use}`;
  const name = `${site} ${t.codesFile}.txt`.toLowerCase().replace(/[^\p{L}\p{N}.]+/gu, '-');
  const file = `${about}\n\n${codes.join('\n')}\n`;
  return (
    <Layout view={view} title={t.codesTitle} error={error !== null}>
      <p>{t.codesIntro}</p>
      <div class="sheet">
        <p>{about}</p>
        <ul class="codes" id="codes" aria-label={t.codesList}>
          {codes.map((code) => (
            <li>{code}</li>
          ))}
        </ul>
      </div>
      <CopyButton view={view} from="codes" label={t.copy} />
      <button class="quiet" type="button" data-print hidden>
        {t.print}
      </button>
      {/* The codes are in the link itself: the server does not keep them, and no address has them. */}
      <a
        class="button quiet"
        download={name}
        href={`data:text/plain;charset=utf-8,${encodeURIComponent(file)}`}
      >
        {t.download}
      </a>
      {'set' in next ? (
        <ActivateForm view={view} set={next.set} error={error} />
      ) : (
        <p>
          <a class="button" href={next.done}>
            {t.done}
          </a>
        </p>
      )}
    </Layout>
  );
}

function ActivateForm({ view, set, error }: Props<{ set: string; error: string | null }>) {
  const { t } = view;
  return (
    <Form view={view} action="/security/two-factor/activate">
      <input type="hidden" name="set" value={set} />
      <label class="tick">
        <input
          type="checkbox"
          name="stored"
          value="yes"
          required
          autofocus={error !== null}
          aria-describedby={error ? 'stored-error' : undefined}
          aria-invalid={error ? 'true' : undefined}
        />
        {t.codesStored}
      </label>
      {error && (
        <p class="error" id="stored-error" role="alert">
          {error}
        </p>
      )}
      <button type="submit">{t.activate}</button>
    </Form>
  );
}

/** After a reload in the middle of the set-up. Cancelling also starts it anew, where it has to be done. */
export function CodesShownPage({ view, set }: Props<{ set: string }>) {
  const { t } = view;
  return (
    <Layout view={view} title={t.codesTitle}>
      <p>{t.codesShown}</p>
      <ActivateForm view={view} set={set} error={null} />
      <Form view={view} action="/security/two-factor/new-codes">
        <input type="hidden" name="set" value={set} />
        <button type="submit" class="quiet">
          {t.showNewCodes}
        </button>
      </Form>
      <CancelForm view={view} />
    </Layout>
  );
}

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
    <Layout view={view} title={t.users}>
      <search>
        <form method="get" action="/admin">
          <Field name="q" type="search" label={t.find} autocomplete="off" required={false} value={search} />
          <button type="submit" class="quiet">
            {t.findButton}
          </button>
        </form>
      </search>
      {users.length === 0 ? (
        <p>{t.noUsers}</p>
      ) : (
        <table>
          <thead>
            <tr>
              <th scope="col">{t.email}</th>
              <th scope="col">{t.twoFactorShort}</th>
            </tr>
          </thead>
          <tbody>
            {users.map((user) => (
              <tr>
                <td>
                  <a href={`/admin/users/${user.id}`}>{user.email}</a>
                </td>
                <td>
                  <Status view={view} user={user} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <p class="pages">
        {page > 1 && <a href={address(page - 1)}>{t.previous}</a>}
        {more && <a href={address(page + 1)}>{t.next}</a>}
      </p>
    </Layout>
  );
}

function Status({ view: { t }, user }: Props<{ user: User }>) {
  const { on, locked } = statusOf(user);
  return (
    <>
      <span class={on ? 'state on' : 'state'}>{on ? t.isOn : t.isOff}</span>
      {locked && <span class="state locked">{t.locked}</span>}
    </>
  );
}

export function UserPage({ view, user, error }: Props<{ user: User; error: string | null }>) {
  const { t } = view;
  const { on, locked } = statusOf(user);
  const asks = {
    title: t.twoFactorOf(user.email),
    text: locked ? t.lockedText : t.adminText,
    action: `/admin/users/${user.id}/two-factor-off`,
    button: t.adminDisable,
  };
  if (on) return <PasswordPage view={view} {...asks} back="/admin" danger error={error} />;
  return (
    <Layout view={view} title={asks.title}>
      <p>{t.adminNothing}</p>
      <a class="button quiet" href="/admin">
        {t.back}
      </a>
    </Layout>
  );
}

export function MailPage({ view, mails }: Props<{ mails: Mail[] }>) {
  const { t } = view;
  return (
    <Layout view={view} title={t.mailLog}>
      <p>{t.mailDemo}</p>
      {mails.length === 0 && <p>{t.mailEmpty}</p>}
      {mails.map((mail) => (
        <article>
          <h2>{mail.subject}</h2>
          <p class="hint">
            {t.mailTo}: {mail.recipient} · {mail.sentAt.toISOString().slice(0, 16).replace('T', ' ')} UTC
          </p>
          {mail.body.split('\n\n').map((paragraph) => (
            <p>{paragraph}</p>
          ))}
        </article>
      ))}
    </Layout>
  );
}

/** `href` and `link`: where to go from here. */
export function ErrorPage({
  view,
  text,
  href = '/',
  link = view.t.home,
}: Props<{ text: string; href?: string; link?: string }>) {
  return (
    <Layout view={view} title={text} error>
      <p>
        <a href={href}>{link}</a>
      </p>
    </Layout>
  );
}
