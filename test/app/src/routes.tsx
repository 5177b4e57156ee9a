// Routes: who may do what, in which order. The rules of two-factor login are in second-factor.ts.
import { setImmediate } from 'node:timers/promises';
import type { MiddlewareHandler } from 'hono';
import { checkAttempts, updateSecondFactor } from 'otpure';
import { type Config, readEmail } from './config.js';
import type { Store, User } from './database.js';
import type { Keys } from './keys.js';
import { browserOf, createMailer, type Kind } from './mails.js';
import * as pages from './pages.js';
import { hashPassword, passwordWait, takePasswordAttempt, verifyPassword } from './passwords.js';
import { slowly, slowlyFor } from './queue.js';
import { type Current, createRules, type Decision, type Factor, setOf } from './second-factor.js';
import { createWeb, entrances, type Request, type Variables } from './web.js';

/** So many failures before a log-in are shown, and not mailed: they are typing. */
const quietFailures = 5;

export function createApp(config: Config, store: Store, keys: Keys, now: () => number) {
  const web = createWeb(config, store, keys, now);
  const { app, policy, only, current, view } = web;
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
  function refusal(c: Request, wait: { retryAt: number | null }, wrong: string) {
    if (wait.retryAt !== null) return { error: tryAgain(c, wait.retryAt), status: 429 } as const;
    return { error: wrong, status: 422 } as const;
  }

  function tryAgain(c: Request, retryAt: number): string {
    const seconds = Math.max(1, Math.ceil((retryAt - now()) / 1000));
    c.header('Retry-After', String(seconds));
    return c.get('t').tryAgain(seconds);
  }

  /**
   * Counted by address, whether or not it has an account; and by itself for a browser that logged in before. So a
   * stranger with the address can keep its owner out of other browsers, and no longer than the mail to the owner
   * takes, whose link makes one more browser known. `own`: somebody who is logged in confirms who it is.
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
    // After the answer, or the time it takes would tell who has an account.
    if (retryAt !== null && user && !browser && !own)
      void setImmediate()
        .then(() => mail(c, user, 'guessed', web.browserLink(user)))
        .catch((error) => console.error(error.stack));
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

  const mailer = createMailer(config, store, now);
  const mail = (c: Request, to: User, kind: Kind, link?: string) =>
    mailer(to, kind, browserOf(c.req.header('user-agent')), link);

  function reminder(c: Request, user: User): string | null {
    const from = config.policies.obligatoryFrom;
    if (from === null || user.factor) return null;
    return new Date(from).toLocaleDateString(c.get('language'), { dateStyle: 'long', timeZone: 'UTC' });
  }

  // ----- logging in

  app.get('/login', async (c) => {
    const session = c.get('session');
    if (session) return web.go(c, entrances[session.stage]);
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
    const session = await web.begin(c, user, failures);
    if (session?.stage === 'full') await finishLogin(c, user, failures);
    return web.go(c, session ? entrances[session.stage] : '/login');
  });

  /** Whoever owns the account hears of what others tried; else one could go on guessing, a few after each log-in. */
  async function finishLogin(c: Request, user: User, failures: number) {
    web.rememberBrowser(c, user);
    await store.noteLogin(user, c.get('language'));
    if (failures > quietFailures) await mail(c, user, 'failures');
  }

  const backupCodes = () => policy().backupCodes !== 'off';
  const codePage = (c: Request, error: string | null) => (
    <pages.CodePage view={view(c)} error={error} policy={policy()} />
  );
  const lockedPage = (c: Request) => c.html(<pages.LockedPage view={view(c)} />, 429);

  /** The pages of the second step, where it can be taken. */
  const unlocked: MiddlewareHandler<{ Variables: Variables }> = async (c, next) =>
    checkAttempts(current(c).user.factor?.attempts ?? null, { timestamp: now() }).locked
      ? lockedPage(c)
      : next();
  const secondStep = [only('password'), unlocked] as const;

  app.get('/login/code', ...secondStep, (c) => c.html(codePage(c, null)));

  /** The second step. `null`: there is nothing to log in to any more; home knows where to go on. */
  async function logIn(c: Request, kind: 'totp' | 'backup-code') {
    const { codeTypo, codeWrong, backupTypo, backupWrong } = c.get('t');
    const [typo, wrong] = kind === 'totp' ? [codeTypo, codeWrong] : [backupTypo, backupWrong];
    const { user, failures: before } = current(c);
    const typed = c.get('form').code ?? '';
    if (!couldBe[kind].test(typed.replace(/[ -]/g, '')))
      return { refused: { error: typo, status: 422 } as const };
    const decide = rules.logIn(user.id, typed, kind);
    const outcome =
      kind === 'totp' ? await change(c, decide) : await slowly('known', () => change(c, decide));
    if (!outcome) return { answer: web.go(c, '/') };
    const { match, switchedOff } = outcome;
    if (!match && outcome.locked) return { answer: lockedPage(c) };
    if (!match) return { refused: refusal(c, outcome, wrong) };
    const failures = before + match.failures;
    if (kind === 'backup-code') await mail(c, user, switchedOff ? 'backupDisabled' : 'backupUsed');
    await finishLogin(c, user, failures);
    await web.renew(c, match.factorId, failures);
    if (kind === 'totp') return { answer: web.go(c, '/') };
    if (switchedOff) return { answer: web.go(c, enrolPath, 'backup-disabled') };
    return { answer: web.go(c, '/security', 'backup-used') };
  }

  app.post('/login/code', ...secondStep, async (c) => {
    const { answer, refused } = await logIn(c, 'totp');
    return answer ?? c.html(codePage(c, refused.error), refused.status);
  });

  const backupPage = (c: Request, error: string | null) => (
    <pages.BackupCodePage view={view(c)} error={error} policy={policy()} />
  );

  app.get('/login/backup-code', ...secondStep, (c) =>
    backupCodes() ? c.html(backupPage(c, null)) : web.go(c, '/login/code'),
  );

  app.post('/login/backup-code', ...secondStep, async (c) => {
    const { answer, refused } = await logIn(c, 'backup-code');
    return answer ?? c.html(backupPage(c, refused.error), refused.status);
  });

  app.get('/login/browser', (c) =>
    c.html(<pages.BrowserPage view={view(c, null)} token={c.req.query('token') ?? ''} />),
  );

  app.post('/login/browser', async (c) => {
    const known = await web.followLink(c, c.get('form').token ?? '');
    return web.go(c, '/login', known ? 'browser-known' : 'link-void');
  });

  app.post('/logout', async (c) => {
    await web.end(c);
    return web.go(c, '/login', 'logged-out');
  });

  app.get('/register', (c) => c.html(<pages.RegisterPage view={view(c)} email="" errors={{}} />));

  app.post('/register', async (c) => {
    const t = c.get('t');
    const { email: typed = '', password = '' } = c.get('form');
    const email = readEmail(typed);
    const errors = {
      ...(email === null ? { email: t.emailInvalid } : {}),
      ...(isPassword(password) ? {} : { password: t.passwordShort }),
    };
    if (email === null || errors.password)
      return c.html(<pages.RegisterPage view={view(c)} email={typed} errors={errors} />, 422);
    // The same answer, after the same work, where the address is taken: only its owner is told.
    const hash = await slowly('register', () => hashPassword(password));
    const created = await store.createUser(email, hash, c.get('language'));
    const owner = await store.findLogin(email);
    if (owner) await mail(c, owner, created ? 'registered' : 'taken');
    if (owner && created && config.policies.enrolAfterRegistration) {
      const session = await web.begin(c, owner, 0);
      if (session?.stage === 'full') await finishLogin(c, owner, 0);
      if (session) await store.storeSetUp(session, rules.begin(owner.id));
      return web.go(c, enrolPath);
    }
    return web.go(c, '/login', 'registered');
  });

  // ----- the account

  app.get('/', only('full'), (c) => {
    const { user } = current(c);
    return c.html(
      <pages.HomePage view={view(c)} user={user} reminder={reminder(c, user)} policy={policy()} />,
    );
  });

  app.get('/security', only('full'), (c) => {
    const { user } = current(c);
    return c.html(
      <pages.SecurityPage view={view(c)} user={user} reminder={reminder(c, user)} policy={policy()} />,
    );
  });

  app.get('/security/password', only('full'), (c) =>
    c.html(<pages.ChangePasswordPage view={view(c)} error={null} />),
  );

  app.post('/security/password', only('full'), async (c) => {
    const page = (errors: { error: string | null; newError?: string }) => (
      <pages.ChangePasswordPage view={view(c)} {...errors} />
    );
    const { new: chosen = '' } = c.get('form');
    if (!isPassword(chosen)) return c.html(page({ error: null, newError: c.get('t').passwordShort }), 422);
    const checked = await checkOwnPassword(c);
    if (!checked.user) return c.html(page({ error: checked.error }), checked.status);
    const session = current(c);
    const hash = await slowlyFor(session.user.id, () => hashPassword(chosen));
    if (!(await store.changePassword(session, hash))) return web.go(c, '/login');
    const user = { ...session.user, passwordHash: hash };
    await web.begin(c, user, session.failures, session.passedFactor);
    web.rememberBrowser(c, user);
    await mail(c, user, 'passwordChanged');
    return web.go(c, '/security', 'password-changed');
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
    if (user.factor) return web.go(c, '/security');
    if (setUp?.factor)
      return c.html(<pages.CodesShownPage view={view(c, enrolPath)} set={setOf(setUp.factor)} />);
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
    const { enrolTitle, enrolLead, continue: button } = c.get('t');
    const asks = { title: enrolTitle, lead: enrolLead, action: enrolPath, button, back: '/security' };
    return <pages.PasswordPage view={view(c)} {...asks} error={error} />;
  };

  /** The codes go into this one answer and are stored nowhere else but as hashes. */
  function codesPage(
    c: Request,
    { email: account }: User,
    codes: string[],
    next: { set: string } | { done: string },
    error: string | null = null,
  ) {
    return c.html(
      <pages.CodesPage
        view={view(c, null)}
        codes={codes}
        account={account}
        policy={policy()}
        next={next}
        error={error}
      />,
      error ? 422 : 200,
    );
  }

  /** Makes it the user's factor. The log-in goes on from here: it took the password and a code. */
  async function activate(c: Request, factor: Factor, codes: string[] | null = null) {
    const { user, stage, failures } = current(c);
    if (!(await change(c, rules.activate(factor)))) return web.go(c, '/security', 'already-active');
    await mail(c, user, 'activated');
    const { logOutAfterActivation } = config.policies;
    const [done, notice] = logOutAfterActivation
      ? (['/login', 'log-in-again'] as const)
      : (['/security', 'activated'] as const);
    if (!logOutAfterActivation && stage === 'enrol') await finishLogin(c, user, failures);
    if (logOutAfterActivation) await web.end(c);
    else await web.renew(c, factor.id, failures);
    if (!codes) return web.go(c, done, notice);
    web.notify(c, notice);
    return codesPage(c, user, codes, { done });
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
    return web.go(c, enrolPath);
  });

  app.get(`${enrolPath}/:step{confirm|activate|new-codes|cancel}`, (c) => web.go(c, enrolPath));

  app.post(`${enrolPath}/confirm`, enrolling, async (c) => {
    const session = current(c);
    const { user, setUp } = session;
    const { backupCodesAfterActivation: afterwards } = policy();
    // The browser sent the form again: the codes were shown, and only their hashes are left.
    if (user.factor) return web.go(c, '/security', afterwards ? 'codes-shown' : 'already-active');
    if (!setUp) return web.go(c, enrolPath, 'no-set-up');
    if (setUp.factor) return web.go(c, enrolPath);
    const typed = c.get('form').code ?? '';
    if (!couldBe.totp.test(typed.replace(/[ -]/g, ''))) return enrolPage(c, c.get('t').codeTypo, 422);
    const step = await slowlyFor(user.id, () => rules.confirm(setUp, user.id, typed));
    if (!step) return enrolPage(c, c.get('t').codeWrong, 422);
    const { factor, result } = step;
    if (!backupCodes()) return activate(c, factor);
    if (afterwards) return activate(c, factor, result.backupCodes);
    const stored = await store.storeSetUp(session, { ...setUp, factor });
    return stored ? codesPage(c, user, result.backupCodes, { set: setOf(factor) }) : web.go(c, enrolPath);
  });

  /** Of a set-up that was confirmed, and whose codes nobody has stored. */
  async function otherCodes(c: Request, error: string | null) {
    const session = current(c);
    const { user, setUp } = session;
    if (!setUp) return web.go(c, enrolPath, 'no-set-up');
    const { factor } = setUp;
    // A reload sends the form again: those codes were shown.
    if (!factor || setOf(factor) !== c.get('form').set) return web.go(c, enrolPath);
    const { factor: renewed, result } = await slowlyFor(user.id, () => rules.renew(factor));
    const stored = await store.storeSetUp(session, { ...setUp, factor: renewed });
    if (!stored) return web.go(c, enrolPath);
    return codesPage(c, user, result.backupCodes, { set: setOf(renewed) }, error);
  }

  app.post(`${enrolPath}/new-codes`, enrolling, (c) => otherCodes(c, null));

  app.post(`${enrolPath}/activate`, enrolling, async (c) => {
    const { setUp } = current(c);
    if (c.get('form').stored !== 'yes') return otherCodes(c, c.get('t').codesNotStored);
    if (setUp?.factor) return activate(c, setUp.factor);
    return web.go(c, enrolPath, setUp ? undefined : 'no-set-up');
  });

  app.post(`${enrolPath}/cancel`, enrolling, async (c) => {
    await store.storeSetUp(current(c), null);
    return web.go(c, '/security', 'cancelled');
  });

  // ----- while it is on

  const renewPage = (c: Request, error: string | null) => {
    const { renewCodes: title, renewText: lead } = c.get('t');
    const asks = { title, lead, action: '/security/backup-codes', button: title, back: '/security' };
    return (
      <pages.PasswordPage view={view(c)} {...asks} error={error}>
        <input type="hidden" name="set" value={setOf(current(c).user.factor)} />
      </pages.PasswordPage>
    );
  };

  app.get('/security/backup-codes', only('full'), (c) =>
    current(c).user.factor && backupCodes() ? c.html(renewPage(c, null)) : web.go(c, '/security'),
  );

  app.post('/security/backup-codes', only('full'), async (c) => {
    const checked = await checkOwnPassword(c);
    if (!checked.user) return c.html(renewPage(c, checked.error), checked.status);
    // A reload sends the form again: the set that it replaces is gone, and the new codes were shown.
    const sameSet = (now: Current) => setOf(now.factor) === c.get('form').set;
    const decide = (now: Current) => (sameSet(now) ? rules.newCodes(now) : null);
    const renewed = await slowlyFor(checked.user.id, () => change(c, decide));
    if (!renewed)
      return web.go(c, '/security', checked.user.factor && backupCodes() ? 'codes-shown' : undefined);
    await mail(c, checked.user, 'renewed');
    return codesPage(c, checked.user, renewed.backupCodes, { done: '/security' });
  });

  const offPage = (c: Request, error: string | null) => {
    const { disableTitle: title, disableText: lead, disable: button } = c.get('t');
    const asks = { title, lead, action: `${enrolPath}/off`, button, back: '/security' };
    return <pages.PasswordPage view={view(c)} {...asks} danger error={error} />;
  };

  app.get(`${enrolPath}/off`, only('full'), (c) =>
    current(c).user.factor && !policy().obligatory ? c.html(offPage(c, null)) : web.go(c, '/security'),
  );

  app.post(`${enrolPath}/off`, only('full'), async (c) => {
    const checked = await checkOwnPassword(c);
    if (!checked.user) return c.html(offPage(c, checked.error), checked.status);
    if (await change(c, rules.switchOff)) {
      await mail(c, checked.user, 'off');
      await web.renew(c, null, current(c).failures);
      return web.go(c, '/security', 'switched-off');
    }
    if (!policy().obligatory) return web.go(c, '/security');
    return c.html(<pages.ErrorPage view={view(c)} text={c.get('t').obligatory} />, 403);
  });

  // ----- administration

  app.use('/admin', only('full'), onlyAdmin);
  app.use('/admin/*', only('full'), onlyAdmin);

  app.get('/admin', async (c) => {
    const search = (c.req.query('q') ?? '').trim().toLowerCase();
    const page = Math.min(Math.max(1, Math.floor(Number(c.req.query('page'))) || 1), 1e6);
    const found = await store.listUsers(search, page);
    return c.html(<pages.UsersPage view={view(c)} {...found} search={search} page={page} />);
  });

  const userPage = (c: Request, user: User, error: string | null) => (
    <pages.UserPage view={view(c, `/admin/users/${user.id}`)} user={user} error={error} />
  );

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
    if (await change(c, rules.reset, user.id)) await mailer(user, 'adminOff', null);
    return web.go(c, `/admin/users/${user.id}`, 'switched-off');
  });

  if (config.demo)
    app.get('/mail', async (c) => c.html(<pages.MailPage view={view(c)} mails={await store.listMails()} />));

  return app;
}

const isPassword = (text: string) => text.length >= 10 && text.length <= 200;

/** What can't be a code is a typo and no guess: it isn't counted. Codes of either alphabet may be around. */
const couldBe = { totp: /^\d{6}$/, 'backup-code': /^([\da-z]{16}|\d{10})$/i };
