// Routes: who may do what, in which order. The rules of two-factor login are in second-factor.ts.
import { setImmediate } from 'node:timers/promises';
import type { MiddlewareHandler } from 'hono';
import { type AttemptState, checkAttempts, type TwoFactor } from 'otpure';
import { type Config, readEmail } from './config.js';
import type { Store, User } from './database.js';
import type { Keys } from './keys.js';
import { browserOf, createMailer, type Kind } from './mails.js';
import * as pages from './pages.js';
import * as passwords from './passwords.js';
import { type Lane, slowly } from './queue.js';
import { createRules, freeFailures, isLocked, type SetUp, setOf } from './second-factor.js';
import { createWeb, entrances, type Request, type Variables } from './web.js';

const enrolPath = '/security/two-factor';

export function createApp(config: Config, store: Store, keys: Keys, now: () => number) {
  const web = createWeb(config, store, keys, now);
  const { app, policy, only, current, view, go } = web;
  const rules = createRules(config, keys.secrets, store, now);
  const mailer = createMailer(config, store, now);

  // ----- what the routes share

  type Page<P> = (props: P) => ReturnType<typeof pages.LoginPage>;
  type Status = 200 | 403 | 422 | 429;
  type Work<T> = (twoFactor: TwoFactor<string>) => Promise<T>;

  const show = <P,>(c: Request, page: Page<P>, props: Omit<P, 'view'>, status?: Status) =>
    c.html(page({ ...props, view: view(c) } as P), status);

  const mail = (c: Request, to: User, kind: Kind, link?: string) =>
    mailer(to, kind, browserOf(c.req.header('user-agent')), link);

  /** Two-factor login, for the session that asks. */
  function twoFactorOf(c: Request) {
    const { hash, user } = current(c);
    c.set('isTypo', true);
    return rules.twoFactorOf(hash, async ({ reason, failures, locked }) => {
      c.set('isTypo', false);
      // The owner hears of codes that others try: whoever gets that far knows the password.
      const isNew = reason !== 'waiting' && reason !== 'locked';
      if (isNew && failures >= freeFailures) await mail(c, user, locked ? 'locked' : 'codesGuessed');
    });
  }

  /** What somebody who is logged in asks of it. */
  async function ask<T>(c: Request, typed = '', work: Work<T>, lane: Lane = 'codes') {
    const { user } = current(c);
    const twoFactor = twoFactorOf(c);
    // Without backup codes, those that were made before are refused too: a code has six digits.
    if (!backupCodes() && !/^[^\p{L}\p{Nd}]*(\p{Nd}[^\p{L}\p{Nd}]*){6}$/u.test(typed)) return null;
    return slowly(lane, () => work(twoFactor), user.id);
  }

  /** Back to the form. A redirect, for a reload must not send the same code again. */
  const refuse = (c: Request, path: string, code: 'code' | 'backup' = 'code') =>
    go(c, path, `${code}${c.get('isTypo') ? 'Typo' : 'Wrong'}`);

  function tryAgain(c: Request, retryAt: number): string {
    const seconds = Math.max(1, Math.ceil((retryAt - now()) / 1000));
    c.header('Retry-After', String(seconds));
    return c.get('t').tryAgain(seconds);
  }

  /** What to say above a field for a code: the wait, or what was wrong with the last one. */
  function codeError(c: Request): string | null {
    const t = c.get('t');
    const { user, endsAt } = current(c);
    const attempts = user.factor?.attempts ?? null;
    const { retryAt, locked } = checkAttempts(attempts, { timestamp: now() });
    if (locked) return t.codeLocked;
    if (retryAt !== null) return `${tryAgain(c, retryAt)}${retryAt > endsAt ? ` ${t.thenLogIn}` : ''}`;
    const left = freeFailures - (attempts?.failures ?? 0);
    const error = web.refused(c);
    return error && left > 0 && left <= 2 ? `${error} ${t.triesLeft(left)}` : error;
  }

  const countOf = (email: string, browser: string | null = null) =>
    keys.sign('attempts', email, ...(browser ? [browser] : []));

  /**
   * Counted by address, whether or not it has an account; and by itself for a browser that logged in before. So a
   * stranger with the address can keep its owner out of other browsers, and no longer than the mail to the owner
   * takes, whose link makes one more browser known. `own`: somebody who is logged in confirms who it is.
   */
  async function checkPassword(c: Request, email: string, user: User | null, own: boolean) {
    const { password = '' } = c.get('form');
    const browser = web.knownBrowser(c, user);
    const [shared, key] = [countOf(email), countOf(email, browser)];
    const counted = await store.readAttempts([shared, key]);
    let tried = { retryAt: passwords.waitOf(counted.get(key), now()), after: null as AttemptState | null };
    const check = async () => {
      tried = await passwords.takeTry(store, key, counted, now());
      return tried.retryAt === null && passwords.verifyPassword(password, user?.passwordHash ?? null);
    };
    const lane = own ? 'account' : browser ? 'known' : 'login';
    // Not by address where no browser is known, or strangers would take the places of its owner.
    const right =
      tried.retryAt === null && (await slowly(lane, check, lane === 'login' ? undefined : user?.id));
    // After the answer, and not where a try was refused: or time would tell who has an account.
    if ((tried.after?.failures ?? 0) >= passwords.limits.freeFailures && user && !right)
      void setImmediate()
        .then(() => mail(c, user, 'guessed', web.browserLink(user)))
        .catch((error) => console.error(error.stack));
    if (tried.retryAt !== null) return { error: tryAgain(c, tried.retryAt), status: 429 } as const;
    const error = own ? c.get('t').passwordWrong : c.get('t').loginFailed;
    // Another may be set by now: what was right before is a guess, and clears no count.
    const later = user && right ? await store.findUser(user.id) : null;
    if (!later || later.passwordHash !== user?.passwordHash) return { error, status: 422 } as const;
    // This try was no failure: it is taken back. Earlier failures stay until the login is finished.
    if (own || !tried.after) await store.clearAttempts([key]);
    else await store.storeAttempts(key, tried.after, { ...tried.after, failures: tried.after.failures - 1 });
    const failures = [...counted.values()].reduce((sum, attempts) => sum + attempts.failures, 0);
    return { user: later, failures };
  }

  // ----- logging in

  app.get('/login', (c) => {
    const session = c.get('session');
    return session ? go(c, entrances[session.stage]) : show(c, pages.LoginPage, { email: '', error: null });
  });

  app.post('/login', async (c) => {
    const { email: typed = '' } = c.get('form');
    const email = readEmail(typed);
    if (email === null) return show(c, pages.LoginPage, { email: typed, error: c.get('t').loginFailed }, 422);
    const checked = await checkPassword(c, email, await store.findLogin(email), false);
    if (!checked.user) return show(c, pages.LoginPage, { email: typed, ...checked }, checked.status);
    const { user, failures } = checked;
    const token = policy().trustedDevices ? web.read(c, deviceOf(user)) : null;
    const passed = ({ factor }: User) => rules.twoFactorOf('').afterPassword(factor, token);
    let session = await web.begin(c, user, failures, passed(user));
    // Trust may have ended at this very moment.
    const later = user.factor && passed(user) ? await store.findUser(user.id) : null;
    if (later && passed(later) !== passed(user)) session = await web.begin(c, user, failures, passed(later));
    await finishLogin(c, user, failures);
    return go(c, session ? entrances[session.stage] : '/login');
  });

  /** Whoever owns the account hears of what others tried; else one could go on guessing, a few after each log-in. */
  async function finishLogin(c: Request, user: User, failures: number) {
    if (c.get('session')?.stage !== 'full') return;
    await store.clearAttempts([countOf(user.email), countOf(user.email, web.knownBrowser(c, user))]);
    web.rememberBrowser(c, user);
    await store.noteLogin(user, c.get('language'));
    // Fewer are shown, and not mailed: they are typing.
    if (failures > freeFailures) await mail(c, user, 'failures');
  }

  const backupCodes = () => policy().backupCodes !== 'off';

  async function logIn(c: Request, kind: 'totp' | 'backup-code') {
    const { user, failures: before } = current(c);
    const { code, trust } = c.get('form');
    const twoFactor = twoFactorOf(c);
    const isLast = kind === 'backup-code' && policy().backupCodes === 'disable';
    const trustDevice = policy().trustedDevices && trust === 'yes' && !isLast;
    const check = () => twoFactor.verify(user.id, code, { only: kind, trustDevice });
    const match = await (kind === 'totp' ? check() : slowly('known', check, `code of ${user.id}`));
    if (!match) return refuse(c, c.req.path, kind === 'totp' ? 'code' : 'backup');
    const { passedFactor, deviceToken } = match;
    const switchedOff = isLast && (await twoFactor.forceDisable(user.id, passedFactor));
    if (kind === 'backup-code') await mail(c, user, switchedOff ? 'backupDisabled' : 'backupUsed');
    if (deviceToken && !switchedOff) web.write(c, deviceOf(user), deviceToken, 30);
    const failures = before + match.failures;
    await web.begin(c, user, failures, switchedOff ? 'none' : passedFactor);
    await finishLogin(c, user, failures);
    if (kind === 'totp') return go(c, '/');
    return switchedOff ? go(c, enrolPath, 'backup-disabled') : go(c, '/security', 'backup-used');
  }

  app.use('/login/:kind{code|backup-code}', only('password'), async (c, next) =>
    isLocked(current(c).user) ? show(c, pages.LockedPage, {}, 429) : next(),
  );
  app.use('/login/backup-code', async (c, next) => (backupCodes() ? next() : go(c, '/login/code')));

  app.get('/login/code', (c) => show(c, pages.CodePage, { error: codeError(c) }));
  app.get('/login/backup-code', (c) => show(c, pages.BackupCodePage, { error: codeError(c) }));
  app.post('/login/code', (c) => logIn(c, 'totp'));
  app.post('/login/backup-code', (c) => logIn(c, 'backup-code'));

  app.get('/login/browser', (c) => show(c, pages.BrowserPage, { token: c.req.query('token') ?? '' }));

  app.post('/login/browser', async (c) => {
    const known = await web.followLink(c, c.get('form').token ?? '');
    return go(c, '/login', known ? 'browser-known' : 'link-void');
  });

  app.post('/logout', async (c) => {
    await web.end(c);
    return go(c, '/login', 'logged-out');
  });

  app.get('/register', (c) => show(c, pages.RegisterPage, { email: '', errors: {} }));

  app.post('/register', async (c) => {
    const t = c.get('t');
    const { email: typed = '', password = '' } = c.get('form');
    const email = readEmail(typed);
    const errors = {
      ...(email === null ? { email: t.emailInvalid } : {}),
      ...(passwords.isValid(password) ? {} : { password: t.passwordHint }),
    };
    if (email === null || errors.password) return show(c, pages.RegisterPage, { email: typed, errors }, 422);
    // For all together: or the site would mail any number of addresses, and of spellings of one person's.
    const key = keys.sign('attempts');
    const { retryAt } = await passwords.takeTry(store, key, await store.readAttempts([key]), now());
    const wait = retryAt && { email: tryAgain(c, retryAt) };
    if (wait) return show(c, pages.RegisterPage, { email: typed, errors: wait }, 429);
    // The same answer, after the same work, where the address is taken: only its owner is told.
    const hash = await slowly('register', () => passwords.hashPassword(password));
    const created = await store.createUser(email, hash, c.get('language'));
    const owner = await store.findLogin(email);
    if (owner) await mail(c, owner, created ? 'registered' : 'taken');
    if (owner && created && config.policies.enrolAfterRegistration) {
      const session = await web.begin(c, owner, 0, 'none');
      await finishLogin(c, owner, 0);
      if (session) await beginSetUp(c);
      return go(c, enrolPath);
    }
    return go(c, '/login', 'registered');
  });

  // ----- the account

  app.get('/', only('full'), (c) => go(c, '/security'));

  app.get('/security', only('full'), async (c) => {
    const { user } = current(c);
    const status = await twoFactorOf(c).status(user.id);
    return show(c, pages.SecurityPage, { user, devices: status?.trustedDevices ?? 0 });
  });

  app.post('/security/devices/forget', only('full'), async (c) => {
    await twoFactorOf(c).forgetDevices(current(c).user.id);
    await store.endOthers(current(c));
    return go(c, '/security', 'devices-forgotten');
  });

  app.get('/security/password', only('full'), (c) => show(c, pages.ChangePasswordPage, { error: null }));

  app.post('/security/password', only('full'), async (c) => {
    const { new: chosen = '' } = c.get('form');
    const newError = c.get('t').passwordHint;
    if (!passwords.isValid(chosen)) return show(c, pages.ChangePasswordPage, { error: null, newError }, 422);
    const session = current(c);
    const checked = await checkPassword(c, session.user.email, session.user, true);
    if (!checked.user) return show(c, pages.ChangePasswordPage, checked, checked.status);
    // Without another turn: who waits twice among many would wait too long to end a thief's sessions.
    const hash = await passwords.hashPassword(chosen);
    if (!(await store.changePassword(session, hash))) return go(c, '/login', 'session-over');
    const user = { ...session.user, passwordHash: hash };
    await web.begin(c, user, session.failures, session.passedFactor);
    web.rememberBrowser(c, user);
    await mail(c, user, 'passwordChanged');
    return go(c, '/security', 'password-changed');
  });

  // ----- setting up, also a new phone beside an active one

  const steps = `${enrolPath}/:step{confirm|activate|cancel}`;
  app.on(['GET', 'POST'], [enrolPath, steps], only('enrol', 'full'), async (c, next) => {
    const session = current(c);
    if (!session.setUp || rules.isLive(session.setUp)) return next();
    await store.storeSetUp(session, null);
    return go(c, enrolPath, 'no-set-up');
  });

  const beginSetUp = (c: Request) => {
    const session = current(c);
    return store.storeSetUp(session, rules.begin(twoFactorOf(c), session.user.id, session.user.email));
  };

  function startPage(c: Request, error: string | null, status: Status = 200) {
    const { enable, move, enrolLead: lead } = c.get('t');
    const title = current(c).user.factor ? move : enable;
    const asks = { title, lead, action: enrolPath, back: '/security', error };
    return show(c, pages.PasswordPage, asks, status);
  }

  /** `error`: with the code of the new phone. The current one's has its own, for it is counted. */
  function enrolPage(c: Request, error: string | null) {
    const { user, setUp } = current(c);
    if (!setUp) return startPage(c, null);
    if (setUp.confirmed) return show(c, pages.CodesShownPage, { set: setOf(setUp.confirmed) });
    const key = rules.keyOf(setUp, user.id, user.email);
    const currentError = user.factor && codeError(c);
    return show(c, pages.EnrolPage, { ...key, owner: user, error, currentError }, error ? 422 : 200);
  }

  /** The log-in goes on from here: it took the password and a code. */
  async function activated(c: Request, passedFactor: string, codes: string[], kind: 'activated' | 'moved') {
    const { user, stage, failures } = current(c);
    await mail(c, user, kind);
    const { logOutAfterActivation: isOut } = config.policies;
    await (isOut ? web.end(c) : web.begin(c, user, failures, passedFactor));
    if (stage === 'enrol') await finishLogin(c, user, failures);
    web.write(c, 'notice', isOut ? 'log-in-again' : kind);
    return codes.length > 0 ? show(c, pages.CodesPage, { codes, user }) : go(c, '/security');
  }

  app.get(enrolPath, async (c) => {
    const { stage, setUp } = current(c);
    // A login that has to set it up first has just taken the password: it goes on without a question.
    const goesOn = stage === 'enrol' && !setUp && (await beginSetUp(c));
    return goesOn ? go(c, enrolPath) : enrolPage(c, null);
  });

  app.post(enrolPath, async (c) => {
    const { user, setUp } = current(c);
    const checked = await checkPassword(c, user.email, user, true);
    if (!checked.user) return startPage(c, checked.error, checked.status);
    // Starting twice keeps the first secret: going back in the browser must not void a scanned QR code.
    if (!setUp) await beginSetUp(c);
    return go(c, enrolPath);
  });

  app.get(steps, (c) => go(c, enrolPath));

  app.post(`${enrolPath}/confirm`, async (c) => {
    const { user, setUp } = current(c);
    const { backupCodesAfterActivation: afterwards } = policy();
    if (!setUp && !user.factor) return go(c, enrolPath, 'no-set-up');
    // The browser sent the form again: the codes were shown, and only their hashes are left.
    if (!setUp) return go(c, '/security', backupCodes() ? 'codes-shown' : 'already-active');
    if (setUp.confirmed) return go(c, enrolPath);
    const { code = '', currentCode } = c.get('form');
    const { codeTypo, codeWrong, clockOff } = c.get('t');
    const match = rules.matchOf(setUp, user.id, code);
    if (!match) return enrolPage(c, code.match(/\p{Nd}/gu)?.length === 6 ? codeWrong : codeTypo);
    if (Math.abs(match.drift) > 1) return enrolPage(c, clockOff(match.drift * 30));
    if (!user.factor && backupCodes() && !afterwards) return showCodes(c, setUp, match.timeStep);
    const input = { pendingSecret: setUp.pendingSecret, code, currentCode };
    const proof = user.factor ? currentCode : code;
    const created = await ask(c, proof, (twoFactor) => twoFactor.confirm(user.id, input));
    if (!created) return refuse(c, enrolPath);
    return activated(c, created.passedFactor, created.backupCodes, user.factor ? 'moved' : 'activated');
  });

  /** Before activation. No limit on guesses, for the key stands beside the form. */
  async function showCodes(c: Request, setUp: SetUp, timeStep: number) {
    const session = current(c);
    const draw = () => rules.drawCodes(setUp, timeStep);
    const { setUp: drawn, ...shown } = await slowly('codes', draw, session.user.id);
    if (!(await store.storeSetUp(session, drawn))) return go(c, enrolPath);
    return show(c, pages.CodesPage, { ...shown, user: session.user, again: setUp.confirmed !== null });
  }

  app.post(`${enrolPath}/activate`, async (c) => {
    const { user, setUp } = current(c);
    const { set, stored } = c.get('form');
    if (!setUp?.confirmed) return go(c, enrolPath, setUp ? undefined : 'no-set-up');
    // Another window has shown others since, or a reload sends the form again.
    if (setOf(setUp.confirmed) !== set) return go(c, enrolPath, stored === 'yes' ? 'codes-void' : undefined);
    // Without the tick there are other codes.
    if (stored !== 'yes') return showCodes(c, setUp, setUp.confirmed.lastUsedTimeStep);
    const done = await rules.activate(twoFactorOf(c), setUp, user.id);
    return done ? activated(c, done.passedFactor, [], 'activated') : go(c, '/security', 'already-active');
  });

  app.post(`${enrolPath}/cancel`, async (c) => {
    await store.storeSetUp(current(c), null);
    return go(c, '/security', 'cancelled');
  });

  // ----- while it is on: what changes it takes a code

  const renewPath = '/security/backup-codes';
  const offPath = `${enrolPath}/off`;

  const isOn: MiddlewareHandler<{ Variables: Variables }> = async (c, next) =>
    current(c).user.factor ? next() : go(c, '/security');

  app.use(renewPath, only('full'), isOn, async (c, next) => (backupCodes() ? next() : go(c, '/security')));
  app.use(offPath, only('full'), isOn, async (c, next) =>
    policy().obligatory ? show(c, pages.ErrorPage, { text: c.get('t').obligatory }, 403) : next(),
  );

  app.get(renewPath, (c) => {
    const { renewCodes: title, renewText: lead } = c.get('t');
    const asks = { title, lead, action: renewPath, back: '/security', error: codeError(c) };
    const children = <input type="hidden" name="set" value={setOf(current(c).user.factor)} />;
    return show(c, pages.AskCodePage, { ...asks, children });
  });

  app.post(renewPath, async (c) => {
    const { set, code } = c.get('form');
    const { user } = current(c);
    // A reload sends the form again: the set that it replaces is gone, and the new codes were shown.
    if (setOf(user.factor) !== set) return go(c, '/security', 'codes-shown');
    const renewed = await ask(c, code, (twoFactor) => twoFactor.replaceBackupCodes(user.id, code));
    if (!renewed) return refuse(c, renewPath);
    await mail(c, user, 'renewed');
    return show(c, pages.CodesPage, { codes: renewed.backupCodes, user });
  });

  app.get(offPath, (c) => {
    const { disableTitle: title, disableText: lead, disable: button } = c.get('t');
    const asks = { title, lead, action: offPath, button, back: '/security', error: codeError(c) };
    return show(c, pages.AskCodePage, { ...asks, danger: true });
  });

  app.post(offPath, async (c) => {
    const { user, failures } = current(c);
    const { code } = c.get('form');
    const isOff = await ask(c, code, (twoFactor) => twoFactor.disable(user.id, code), 'account');
    if (!isOff) return refuse(c, offPath);
    await mail(c, user, 'off');
    await web.begin(c, user, failures, 'none');
    return go(c, '/security', 'switched-off');
  });

  // ----- administration

  app.use('/admin/*', only('full'), async (c, next) =>
    current(c).user.isAdmin ? next() : show(c, pages.ErrorPage, { text: c.get('t').forbidden }, 403),
  );
  // One's own takes a code: a stolen browser that is trusted, and the password, must not switch it off.
  app.use('/admin/users/:id/*', async (c, next) => {
    const user = await store.findUser(c.req.param('id'));
    if (!user) return web.notFound(c);
    c.set('subject', user);
    return user.id === current(c).user.id ? go(c, '/security') : next();
  });

  app.get('/admin', async (c) => {
    const search = (c.req.query('q') ?? '').trim().toLowerCase();
    const page = Math.min(Math.max(1, Math.floor(Number(c.req.query('page'))) || 1), 1e6);
    const found = await store.listUsers(search, page);
    return show(c, pages.UsersPage, { ...found, search, page });
  });

  const actPath = '/admin/users/:id/:act{two-factor-off|unlock}';
  // Also where a form was refused: there the language is switched.
  app.get(`${actPath}?`, (c) => show(c, pages.UserPage, { user: c.get('subject'), error: null }));

  app.post(actPath, async (c) => {
    const user = c.get('subject');
    // A stolen password alone must not strip everyone of the second factor.
    const { user: self } = current(c);
    if (!self.factor) return show(c, pages.UserPage, { user, error: null }, 403);
    // Nor an unattended screen.
    const checked = await checkPassword(c, self.email, self, true);
    if (!checked.user) return show(c, pages.UserPage, { user, ...checked }, checked.status);
    const twoFactor = twoFactorOf(c);
    const unlock = c.req.param('act') === 'unlock';
    const done = await (unlock ? twoFactor.unlock(user.id) : twoFactor.forceDisable(user.id));
    if (done) await mailer(user, unlock ? 'unlocked' : 'adminOff', null);
    return go(c, `/admin/users/${user.id}`, done ? (unlock ? 'unlocked' : 'switched-off') : undefined);
  });

  if (config.demo) app.get('/mail', async (c) => show(c, pages.MailPage, { mails: await store.listMails() }));

  return app;
}

/** The cookie of browsers that need no code: one for each user. */
const deviceOf = (user: User) => `device-${user.id}`;
