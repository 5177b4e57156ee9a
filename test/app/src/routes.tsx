// Routes: who may do what, in which order. The rules of two-factor login are in second-factor.ts.
import type { MiddlewareHandler } from 'hono';
import { updateSecondFactor } from 'otpure';
import type { Config } from './config.js';
import type { Store, User } from './database.js';
import type { Keys } from './keys.js';
import * as pages from './pages.js';
import { hashPassword, passwordWait, takePasswordAttempt, verifyPassword } from './passwords.js';
import { slowly, slowlyFor } from './queue.js';
import { type Current, createRules, type Decision, type Factor, stageOf } from './second-factor.js';
import { type Language, languages, type Texts } from './texts.js';
import { createWeb, entrances, type Request, type Variables } from './web.js';

/** So many failures before a log-in are shown, and not mailed: they are typing. */
const quietFailures = 5;

export function createApp(config: Config, store: Store, keys: Keys, now: () => number) {
  const web = createWeb(config, store, keys, now);
  const { app, policy, only, current, view, stepUp, endSession } = web;
  const rules = createRules(keys.secrets, policy, now);

  const enrolPath = '/security/two-factor';
  // ----- what the routes share

  const onlyAdmin: MiddlewareHandler<{ Variables: Variables }> = async (c, next) => {
    if (current(c).user.isAdmin) return next();
    return c.html(<pages.ErrorPage view={view(c)} text={c.get('t').forbidden} />, 403);
  };

  /** The door of every change to a factor: a user's own, or another's whom an administrator helps. */
  function change<Result>(
    c: Request,
    decide: (current: Current) => Decision<Result> | Promise<Decision<Result>>,
    userId = current(c).user.id,
  ): Promise<Result | null> {
    return updateSecondFactor({ ...store.secondFactor(userId, current(c).hash), decide });
  }

  /** What to say about a refusal, and with which status. */
  function refusal(c: Request, wait: { retryAt: number | null; locked: boolean }, wrong: string) {
    if (wait.locked) return { error: c.get('t').codeLocked, status: 429 } as const;
    if (wait.retryAt !== null) return { error: tryAgain(c, wait.retryAt), status: 429 } as const;
    return { error: wrong, status: 422 } as const;
  }

  function tryAgain(c: Request, retryAt: number): string {
    const seconds = Math.max(1, Math.ceil((retryAt - now()) / 1000));
    c.header('Retry-After', String(seconds));
    return c.get('t').tryAgain(seconds);
  }

  /**
   * Counted by address, whether or not it has an account; and by itself for a browser that logged in before, so that
   * the address alone is not enough to keep its owner out. `own`: somebody who is logged in confirms who it is.
   */
  async function checkPassword(c: Request, email: string, user: User | null, own: boolean) {
    const browser = web.knownBrowser(c, user);
    const shared = keys.sign('attempts', email);
    const key = browser ? keys.sign('attempts', email, browser) : shared;
    const counted = await store.readAttempts([shared, key]);
    const before = counted.get(key) ?? null;
    let retryAt = passwordWait(before, now());
    const check = async () => {
      retryAt = await takePasswordAttempt(store, key, before, now());
      return retryAt === null && verifyPassword(c.get('form').password ?? '', user?.passwordHash ?? null);
    };
    const slow = () => (user && own ? slowlyFor(user.id, check) : slowly(browser ? 'known' : 'login', check));
    const right = retryAt === null && (await slow());
    if (retryAt !== null) return { error: tryAgain(c, retryAt), status: 429 } as const;
    const wrong = own ? c.get('t').passwordWrong : c.get('t').loginFailed;
    if (!user || !right) return { error: wrong, status: 422 } as const;
    await store.clearAttempts(own ? [key] : [shared, key]);
    const failures = [...counted.values()].reduce((sum, attempts) => sum + attempts.failures, 0);
    return { user, failures };
  }

  function checkOwnPassword(c: Request) {
    const { user } = current(c);
    return checkPassword(c, user.email, user, true);
  }

  function mail(to: User, kind: Exclude<keyof Texts['mail'], 'notYou'>) {
    const { mail: letters } = languages[to.language as Language];
    return store.addMail(to.email, letters[kind].subject, `${letters[kind].body} ${letters.notYou}`);
  }

  function reminder(c: Request, user: User): string | null {
    const from = config.policies.obligatoryFrom;
    if (from === null || user.twoFactor) return null;
    return new Date(from).toLocaleDateString(c.get('language'), { dateStyle: 'long', timeZone: 'UTC' });
  }

  // ----- logging in

  app.get('/login', async (c) => {
    const session = c.get('session');
    if (session) return c.redirect(entrances[session.stage], 303);
    return c.html(<pages.LoginPage view={view(c)} email="" error={null} />);
  });

  app.post('/login', async (c) => {
    const { email: typed = '' } = c.get('form');
    const email = readEmail(typed);
    const page = (error: string) => <pages.LoginPage view={view(c)} email={typed} error={error} />;
    if (email === null) return c.html(page(c.get('t').loginFailed), 422);
    const checked = await checkPassword(c, email, await store.findLogin(email), false);
    if (!checked.user) return c.html(page(checked.error), checked.status);
    const { user, failures } = checked;
    const before = c.get('session');
    if (before) await store.endSession(before.hash);
    web.setSessionCookie(c, await store.beginSession(user, failures));
    const stage = stageOf({ user, passedFactor: null, startedAt: new Date(now()) }, policy(), now());
    if (stage === 'full') await finishLogin(c, user, failures);
    return c.redirect(entrances[stage ?? 'password'], 303);
  });

  /** Whoever owns the account hears of what others tried; else one could go on guessing, a few after each log-in. */
  async function finishLogin(c: Request, user: User, failures: number) {
    web.rememberBrowser(c, user);
    await store.noteLogin(user, c.get('language'));
    if (failures > quietFailures) await mail(user, 'failures');
  }

  const backupCodes = () => policy().backupCodes !== 'off';

  app.get('/login/code', only('password'), (c) =>
    c.html(<pages.CodePage view={view(c)} error={null} backupCodes={backupCodes()} />),
  );

  /** The second step. `null`: there is nothing to log in to any more; home knows where to go on. */
  async function logIn(c: Request, kind: 'totp' | 'backup-code', wrong: string) {
    const { user, failures: before } = current(c);
    const decide = rules.logIn(user.id, c.get('form').code ?? '', kind);
    const outcome =
      kind === 'totp' ? await change(c, decide) : await slowly('known', () => change(c, decide));
    if (!outcome) return { answer: c.redirect('/', 303) };
    const { match, switchedOff } = outcome;
    if (!match) return { refused: refusal(c, outcome, wrong) };
    const failures = before + match.failures;
    if (kind === 'backup-code') await mail(user, 'backupUsed');
    if (switchedOff) await mail(user, 'off');
    await finishLogin(c, user, failures);
    const backupUsed = switchedOff ? `${enrolPath}?notice=backup-disabled` : '/security?notice=backup-used';
    return { answer: await stepUp(c, match.factorId, failures, kind === 'totp' ? '/' : backupUsed) };
  }

  app.post('/login/code', only('password'), async (c) => {
    const { answer, refused } = await logIn(c, 'totp', c.get('t').codeWrong);
    if (answer) return answer;
    const page = <pages.CodePage view={view(c)} error={refused.error} backupCodes={backupCodes()} />;
    return c.html(page, refused.status);
  });

  const backupPage = (c: Request, error: string | null) => (
    <pages.BackupCodePage view={view(c)} error={error} disables={policy().backupCodes === 'disable'} />
  );

  app.get('/login/backup-code', only('password'), (c) =>
    backupCodes() ? c.html(backupPage(c, null)) : c.redirect('/login/code', 303),
  );

  app.post('/login/backup-code', only('password'), async (c) => {
    const { answer, refused } = await logIn(c, 'backup-code', c.get('t').backupWrong);
    return answer ?? c.html(backupPage(c, refused.error), refused.status);
  });

  app.post('/logout', (c) => endSession(c, '/login?notice=logged-out'));

  app.get('/register', (c) => c.html(<pages.RegisterPage view={view(c)} email="" errors={{}} />));

  app.post('/register', async (c) => {
    const t = c.get('t');
    const { email: typed = '', password = '' } = c.get('form');
    const email = readEmail(typed);
    const errors = {
      ...(email === null ? { email: t.emailInvalid } : {}),
      ...(password.length < 10 || password.length > 200 ? { password: t.passwordShort } : {}),
    };
    if (email === null || errors.password)
      return c.html(<pages.RegisterPage view={view(c)} email={typed} errors={errors} />, 422);
    // The same answer, after the same work, where the address is taken: only its owner is told.
    const hash = await slowly('register', () => hashPassword(password));
    const created = await store.createUser(email, hash, c.get('language'));
    const owner = await store.findLogin(email);
    if (owner) await mail(owner, created ? 'registered' : 'taken');
    return c.redirect('/login?notice=registered', 303);
  });

  // ----- the account

  app.get('/', only('full'), (c) => {
    const { user } = current(c);
    return c.html(<pages.HomePage view={view(c)} user={user} reminder={reminder(c, user)} />);
  });

  app.get('/security', only('full'), (c) => {
    const { user } = current(c);
    return c.html(
      <pages.SecurityPage
        view={view(c)}
        user={user}
        reminder={reminder(c, user)}
        obligatory={policy().obligatory}
        backupCodes={backupCodes()}
      />,
    );
  });

  // ----- setting up

  const enrolling = only('enrol', 'full');

  function enrolPage(
    c: Request,
    error: string | null,
    status: 200 | 422 | 429 = 200,
    setUp = current(c).setUp,
  ) {
    const { user, stage } = current(c);
    if (user.factor) return c.redirect('/security', 303);
    if (setUp?.factor) return c.html(<pages.CodesShownPage view={view(c, enrolPath)} />);
    if (!setUp) return c.html(startPage(c, error), status);
    const key = rules.keyOf(setUp, user.id, config.issuer, user.email);
    return c.html(
      <pages.EnrolPage
        view={view(c, enrolPath)}
        {...key}
        account={user.email}
        first={stage === 'enrol'}
        error={error}
      />,
      status,
    );
  }

  const startPage = (c: Request, error: string | null) => {
    const { enrolTitle, enrolNeeds, continue: button } = c.get('t');
    const asks = { title: enrolTitle, text: enrolNeeds, action: enrolPath, button, back: '/security' };
    return <pages.PasswordPage view={view(c)} {...asks} error={error} />;
  };

  /** The codes go into this one answer and are stored nowhere else but as hashes. */
  function codesPage(c: Request, codes: string[], activates: boolean, error: string | null = null) {
    const account = current(c).user.email;
    return c.html(
      <pages.CodesPage
        view={view(c, null)}
        codes={codes}
        account={account}
        activates={activates}
        error={error}
      />,
      error ? 422 : 200,
    );
  }

  /** Makes it the user's factor. The log-in goes on from here: it took the password and a code. */
  async function activate(c: Request, factor: Factor) {
    const { user, stage, failures } = current(c);
    if (!(await change(c, rules.activate(factor)))) return c.redirect('/security?notice=already-active', 303);
    await mail(user, 'activated');
    if (config.policies.logOutAfterActivation) return endSession(c, '/login?notice=log-in-again');
    if (stage === 'enrol') await finishLogin(c, user, failures);
    return stepUp(c, factor.id, failures, '/security?notice=activated');
  }

  app.get(enrolPath, enrolling, async (c) => {
    const session = current(c);
    // A login that has to set it up first has just taken the password: it goes on without a question.
    if (session.stage !== 'enrol' || session.setUp) return enrolPage(c, null);
    await store.storeSetUp(session, rules.begin(session.user.id));
    return enrolPage(c, null, 200, (await store.findSession(c.get('sessionId')))?.setUp);
  });

  app.post(enrolPath, only('full'), async (c) => {
    const checked = await checkOwnPassword(c);
    if (!checked.user) return c.html(startPage(c, checked.error), checked.status);
    // Starting twice keeps the first secret: going back in the browser must not void a scanned QR code.
    const session = current(c);
    if (!session.setUp) await store.storeSetUp(session, rules.begin(session.user.id));
    return c.redirect(enrolPath, 303);
  });

  app.get(`${enrolPath}/:step{confirm|activate|new-codes|cancel}`, (c) => c.redirect(enrolPath, 303));

  app.post(`${enrolPath}/confirm`, enrolling, async (c) => {
    const session = current(c);
    const { user, setUp } = session;
    if (user.factor) return c.redirect('/security?notice=already-active', 303);
    // Begun elsewhere; or the browser sent the form again, and only the hashes of the codes are left.
    if (!setUp || setUp.factor) return c.redirect(enrolPath, 303);
    const step = await slowlyFor(user.id, () => rules.confirm(setUp, user.id, c.get('form').code ?? ''));
    if (!step) return enrolPage(c, c.get('t').codeWrong, 422);
    if (!backupCodes()) return activate(c, step.factor);
    const stored = await store.storeSetUp(session, { ...setUp, factor: step.factor });
    return stored ? codesPage(c, step.result.backupCodes, true) : c.redirect(enrolPath, 303);
  });

  /** Of a set-up that was confirmed, and whose codes nobody has stored. */
  async function otherCodes(c: Request, error: string | null) {
    const session = current(c);
    const { user, setUp } = session;
    if (!setUp?.factor) return c.redirect(enrolPath, 303);
    const { factor } = setUp;
    const { factor: renewed, result } = await slowlyFor(user.id, () => rules.renew(factor));
    const stored = await store.storeSetUp(session, { ...setUp, factor: renewed });
    return stored ? codesPage(c, result.backupCodes, true, error) : c.redirect(enrolPath, 303);
  }

  app.post(`${enrolPath}/new-codes`, enrolling, (c) => otherCodes(c, null));

  app.post(`${enrolPath}/activate`, enrolling, async (c) => {
    const { setUp } = current(c);
    if (c.get('form').stored !== 'yes') return otherCodes(c, c.get('t').codesNotStored);
    return setUp?.factor ? activate(c, setUp.factor) : c.redirect(enrolPath, 303);
  });

  app.post(`${enrolPath}/cancel`, enrolling, async (c) => {
    await store.storeSetUp(current(c), null);
    return c.redirect('/security', 303);
  });

  // ----- while it is on

  const renewPage = (c: Request, error: string | null) => {
    const { renewCodes: title, renewText: text } = c.get('t');
    const asks = { title, text, action: '/security/backup-codes', button: title, back: '/security' };
    return <pages.PasswordPage view={view(c)} {...asks} error={error} />;
  };

  app.get('/security/backup-codes', only('full'), (c) =>
    current(c).user.twoFactor && backupCodes() ? c.html(renewPage(c, null)) : c.redirect('/security', 303),
  );

  app.post('/security/backup-codes', only('full'), async (c) => {
    const checked = await checkOwnPassword(c);
    if (!checked.user) return c.html(renewPage(c, checked.error), checked.status);
    const renewed = await slowlyFor(checked.user.id, () => change(c, rules.newCodes));
    if (!renewed) return c.redirect('/security', 303);
    await mail(checked.user, 'renewed');
    return codesPage(c, renewed.backupCodes, false);
  });

  const offPage = (c: Request, error: string | null) => {
    const { disable: title, disableText: text } = c.get('t');
    const asks = { title, text, action: `${enrolPath}/off`, button: title, back: '/security' };
    return <pages.PasswordPage view={view(c)} {...asks} danger error={error} />;
  };

  app.get(`${enrolPath}/off`, only('full'), (c) =>
    current(c).user.twoFactor && !policy().obligatory
      ? c.html(offPage(c, null))
      : c.redirect('/security', 303),
  );

  app.post(`${enrolPath}/off`, only('full'), async (c) => {
    const checked = await checkOwnPassword(c);
    if (!checked.user) return c.html(offPage(c, checked.error), checked.status);
    if (await change(c, rules.switchOff)) {
      await mail(checked.user, 'off');
      return stepUp(c, null, current(c).failures, '/security?notice=switched-off');
    }
    if (!policy().obligatory) return c.redirect('/security', 303);
    return c.html(<pages.ErrorPage view={view(c)} text={c.get('t').obligatory} />, 403);
  });

  // ----- administration

  app.use('/admin', only('full'), onlyAdmin);
  app.use('/admin/*', only('full'), onlyAdmin);

  app.get('/admin', async (c) =>
    c.html(<pages.UsersPage view={view(c)} users={(await store.listUsers()).users} />),
  );

  const userPage = (c: Request, user: User, error: string | null) => {
    const t = c.get('t');
    const path = `/admin/users/${user.id}`;
    const text = `${user.twoFactor ? t.isOn : t.isOff}. ${t.adminText}`;
    const asks = { text, action: `${path}/two-factor-off`, button: t.adminDisable, back: '/admin' };
    const title = t.twoFactorOf(user.email);
    return <pages.PasswordPage view={view(c, path)} title={title} {...asks} danger error={error} />;
  };

  app.get('/admin/users/:id', async (c) => {
    const user = await store.findUser(c.req.param('id'));
    return user ? c.html(userPage(c, user, null)) : web.notFound(c);
  });

  app.post('/admin/users/:id/two-factor-off', async (c) => {
    const user = await store.findUser(c.req.param('id'));
    if (!user) return web.notFound(c);
    // The administrator's own password: an unattended screen must not be enough.
    const checked = await checkOwnPassword(c);
    if (!checked.user) return c.html(userPage(c, user, checked.error), checked.status);
    if (await change(c, rules.reset, user.id)) await mail(user, 'adminOff');
    return c.redirect(`/admin/users/${user.id}?notice=switched-off`, 303);
  });

  if (config.demo)
    app.get('/mail', async (c) => c.html(<pages.MailPage view={view(c)} mails={await store.listMails()} />));

  return app;
}

/** `null`: no address. No colon, which separates site and account in the URI behind the QR code. */
export function readEmail(typed: string): string | null {
  const email = typed.trim().toLowerCase();
  return /^[^\s:@\p{Cc}]+@[^\s:@\p{Cc}]+$/u.test(email) && email.length <= 200 ? email : null;
}
