// The pages: HTML that works without JavaScript, on a phone, with a keyboard and with a screen reader.
import { raw } from 'hono/html';
import type { Child } from 'hono/jsx';
import { encode } from 'uqr';
import type { Mail, User } from './database.js';
import type { Language, Texts } from './texts.js';

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
  /** A notice after a redirect. */
  notice: string | null;
}

type Props<More = object> = { view: View } & More;

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
            <nav>
              {user && <a href="/">{t.home}</a>}
              {user && <a href="/security">{t.security}</a>}
              {user?.isAdmin && <a href="/admin">{t.administration}</a>}
              {view.demo && path && <a href="/mail">{t.mailLog}</a>}
              {view.canLogOut && (
                <form method="post" action="/logout">
                  <Csrf view={view} />
                  <button type="submit">{t.logOut}</button>
                </form>
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
                <a href={`${path}?lang=en`} hreflang="en" lang="en">
                  English
                </a>
                <a href={`${path}?lang=nl`} hreflang="nl" lang="nl">
                  Nederlands
                </a>
              </nav>
            )}
          </footer>
        </body>
      </html>
    </>
  );
}

const Csrf = ({ view }: Props) => <input type="hidden" name="csrf" value={view.csrf} />;

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

/** An input whose hint and error a screen reader reads with it. */
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
        autofocus={focus}
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

function CodeField({ view, error, focus }: Props<{ error: string | null; focus: boolean }>) {
  const { t } = view;
  return (
    <Field
      name="code"
      label={t.code}
      hint={t.codeHint}
      class="code"
      autocomplete="one-time-code"
      inputmode="numeric"
      error={error}
      focus={focus}
    />
  );
}

function EmailField({
  view,
  ...field
}: Props<{ value: string; error?: string | undefined; focus: boolean }>) {
  return (
    <Field
      name="email"
      type="email"
      label={view.t.email}
      autocomplete="username"
      inputmode="email"
      {...field}
    />
  );
}

// ----- logging in

export function LoginPage({ view, email, error }: Props<{ email: string; error: string | null }>) {
  const { t } = view;
  return (
    <Layout view={view} title={t.logIn} error={error !== null}>
      <form method="post" action="/login">
        <Csrf view={view} />
        <EmailField view={view} value={email} focus={!error} />
        <Field
          name="password"
          type="password"
          label={t.password}
          autocomplete="current-password"
          error={error}
          focus={error !== null}
        />
        <button type="submit">{t.logIn}</button>
      </form>
      <p>
        {t.noAccount} <a href="/register">{t.createAccount}</a>
      </p>
    </Layout>
  );
}

export function RegisterPage({
  view,
  email,
  errors,
}: Props<{ email: string; errors: { email?: string; password?: string } }>) {
  const { t } = view;
  return (
    <Layout view={view} title={t.createAccount} error={Object.keys(errors).length > 0}>
      <form method="post" action="/register">
        <Csrf view={view} />
        <EmailField view={view} value={email} error={errors.email} focus={!errors.password} />
        <Field
          name="password"
          type="password"
          label={t.password}
          hint={t.passwordHint}
          autocomplete="new-password"
          error={errors.password}
          focus={errors.password !== undefined}
        />
        <button type="submit">{t.createAccount}</button>
      </form>
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
      <form method="post" action="/login/code">
        <Csrf view={view} />
        <CodeField view={view} error={error} focus />
        <button type="submit">{t.logIn}</button>
      </form>
      {backupCodes && (
        <p>
          <a href="/login/backup-code">{t.useBackupCode}</a>
        </p>
      )}
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
      <p>{t.backupIntro}</p>
      {disables && <p class="reminder">{t.backupDisables}</p>}
      <form method="post" action="/login/backup-code">
        <Csrf view={view} />
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
      </form>
      <p>
        <a href="/login/code">{t.useApp}</a>
      </p>
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
  obligatory: boolean;
  backupCodes: boolean;
}

export function SecurityPage({ view, user, reminder, obligatory, backupCodes }: Props<SecurityProps>) {
  const { t } = view;
  return (
    <Layout view={view} title={t.security}>
      <Reminder view={view} date={reminder} />
      <h2>
        {t.status}{' '}
        <span class={user.twoFactor ? 'state on' : 'state'}>{user.twoFactor ? t.isOn : t.isOff}</span>
      </h2>
      <p>{user.twoFactor ? t.onText : t.offText}</p>
      {obligatory && <p>{t.obligatory}</p>}
      {!user.twoFactor && (
        <a class="button" href="/security/two-factor">
          {t.enable}
        </a>
      )}
      {user.twoFactor && !obligatory && (
        <>
          <p>{t.newPhone}</p>
          <a class="button quiet" href="/security/two-factor/off">
            {t.disable}
          </a>
        </>
      )}
      {user.twoFactor && backupCodes && (
        <>
          <h2>{t.backupCodes}</h2>
          <p>{t.codesLeft(user.codesLeft)}</p>
          <a class="button quiet" href="/security/backup-codes">
            {t.renewCodes}
          </a>
        </>
      )}
    </Layout>
  );
}

/** A step that takes the password again: an unattended screen must not be enough. */
export function PasswordPage({ view, title, text, action, button, danger, back, error }: Props<PasswordAsk>) {
  return (
    <Layout view={view} title={title} error={error !== null}>
      <p>{text}</p>
      <form method="post" action={action}>
        <Csrf view={view} />
        <Field
          name="password"
          type="password"
          label={view.t.passwordAgain}
          autocomplete="current-password"
          error={error}
        />
        <button class={danger ? 'danger' : undefined} type="submit">
          {button}
        </button>
        <a class="button quiet" href={back}>
          {view.t.cancel}
        </a>
      </form>
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
}

// ----- setting up

export function EnrolPage({
  view,
  uri,
  text,
  account,
  first,
  error,
}: Props<{ uri: string; text: string; account: string; first: boolean; error: string | null }>) {
  const { t } = view;
  return (
    <Layout view={view} title={t.enrolTitle} error={error !== null}>
      {first && <p class="reminder">{t.enrolFirst}</p>}
      <p>{t.enrolNeeds}</p>
      <h2>{t.stepScan}</h2>
      <QrCode text={uri} label={t.qrLabel} />
      <h3>{t.cannotScan}</h3>
      <code class="key" id="key">
        {text}
      </code>
      <dl>
        <dt>{t.account}</dt>
        <dd>
          {view.site}: {account}
        </dd>
        <dt>{t.kind}</dt>
        <dd>{t.kindValue}</dd>
      </dl>
      <h2>{t.stepConfirm}</h2>
      <form method="post" action="/security/two-factor/confirm">
        <Csrf view={view} />
        {/* Not focused at first: a phone would scroll past the QR code. */}
        <CodeField view={view} error={error} focus={error !== null} />
        <button type="submit">{t.confirm}</button>
      </form>
      {!first && <CancelForm view={view} />}
    </Layout>
  );
}

function CancelForm({ view }: Props) {
  return (
    <form method="post" action="/security/two-factor/cancel">
      <Csrf view={view} />
      <button class="quiet" type="submit">
        {view.t.cancel}
      </button>
    </form>
  );
}

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

/** The one page that shows backup codes. `activates`: they belong to a set-up that is still to be finished. */
export function CodesPage({
  view,
  codes,
  account,
  activates,
  error,
}: Props<{ codes: string[]; account: string; activates: boolean; error: string | null }>) {
  const { t } = view;
  const file = `${t.codesFile(view.site, account)}\n\n${codes.join('\n')}\n`;
  return (
    <Layout view={view} title={t.codesTitle} error={error !== null}>
      <p>{t.codesIntro}</p>
      <ul class="codes" id="codes" aria-label={t.codesList}>
        {codes.map((code) => (
          <li>{code}</li>
        ))}
      </ul>
      <button class="quiet" type="button" data-copy="codes" data-copied={t.copied} aria-live="polite" hidden>
        {t.copy}
      </button>
      {/* The codes are in the link itself: the server does not keep them, and no address has them. */}
      <a
        class="button quiet"
        download="backup-codes.txt"
        href={`data:text/plain;charset=utf-8,${encodeURIComponent(file)}`}
      >
        {t.download}
      </a>
      {activates ? (
        <ActivateForm view={view} error={error} />
      ) : (
        <p>
          <a class="button" href="/security">
            {t.done}
          </a>
        </p>
      )}
    </Layout>
  );
}

function ActivateForm({ view, error }: Props<{ error: string | null }>) {
  const { t } = view;
  return (
    <form method="post" action="/security/two-factor/activate">
      <Csrf view={view} />
      <label class="tick">
        <input
          type="checkbox"
          name="stored"
          value="yes"
          required
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
    </form>
  );
}

/** After a reload in the middle of the set-up. Cancelling also starts it anew, where it has to be done. */
export function CodesShownPage({ view }: Props) {
  const { t } = view;
  return (
    <Layout view={view} title={t.codesTitle}>
      <p>{t.codesShown}</p>
      <ActivateForm view={view} error={null} />
      <form method="post" action="/security/two-factor/new-codes">
        <Csrf view={view} />
        <button class="quiet" type="submit">
          {t.showNewCodes}
        </button>
      </form>
      <CancelForm view={view} />
    </Layout>
  );
}

// ----- administration, mail, errors

export function UsersPage({ view, users }: Props<{ users: User[] }>) {
  const { t } = view;
  return (
    <Layout view={view} title={t.users}>
      <table>
        <thead>
          <tr>
            <th scope="col">{t.email}</th>
            <th scope="col">{t.status}</th>
          </tr>
        </thead>
        <tbody>
          {users.map((user) => (
            <tr>
              <td>
                <a href={`/admin/users/${user.id}`}>{user.email}</a>
              </td>
              <td>{user.twoFactor ? t.isOn : t.isOff}</td>
            </tr>
          ))}
        </tbody>
      </table>
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
          <p>{mail.body}</p>
        </article>
      ))}
    </Layout>
  );
}

export function ErrorPage({ view, text }: Props<{ text: string }>) {
  return (
    <Layout view={view} title={text} error>
      <p>
        <a href="/">{view.t.home}</a>
      </p>
    </Layout>
  );
}
