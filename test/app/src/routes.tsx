// Routes: who may do what, in which order. The rules of two-factor login are in second-factor.ts.
import type { MiddlewareHandler } from 'hono';
import type { Config } from './config.js';
import type { Store, User } from './database.js';
import type { Keys } from './keys.js';
import * as pages from './pages.js';
import { hashPassword, slowly, verifyPassword } from './passwords.js';
import type { Transition } from './second-factor.js';
import * as factor from './second-factor.js';
import type { Texts } from './texts.js';
import { createWeb, entrances, type Request, type Variables } from './web.js';

export function createApp(config: Config, store: Store, keys: Keys, now: () => number) {
  const web = createWeb(config, store, keys, now);
  const { app, policy, only, current, view, startSession, endSession } = web;

  // ----- what the routes share

  const onlyAdmin: MiddlewareHandler<{ Variables: Variables }> = async (c, next) => {
    if (current(c).user.isAdmin) return next();
    return c.html(<pages.ErrorPage view={view(c)} text={c.get('t').forbidden} />, 403);
  };

  function change(c: Request) {
    const { user, hash } = current(c);
    return <Outcome,>(transition: Transition<Outcome>) => store.changeSecondFactor(user.id, hash, transition);
  }

  /** What to say about a refusal, and with which status. */
  function refusal(c: Request, { retryAt, locked }: factor.Refused, wrong: string) {
    if (locked) return { error: c.get('t').codeLocked, status: 429 } as const;
    if (retryAt !== null) return { error: tryAgain(c, retryAt), status: 429 } as const;
    return { error: wrong, status: 422 } as const;
  }

  function tryAgain(c: Request, retryAt: number): string {
    const seconds = Math.max(1, Math.ceil((retryAt - now()) / 1000));
    c.header('Retry-After', String(seconds));
    return c.get('t').tryAgain(seconds);
  }

  /** Counted by address, whether or not it has an account, and before the password is looked at. */
  async function checkPassword(c: Request, email: string, wrong: string) {
    const retryAt = await store.countPasswordAttempt(email);
    if (retryAt !== null) return { error: tryAgain(c, retryAt), status: 429 } as const;
    const user = await store.findLogin(email);
    const right = await verifyPassword(c.get('form').password ?? '', user?.passwordHash ?? null);
    if (!user || !right) return { error: wrong, status: 422 } as const;
    await store.clearPasswordAttempts(email);
    return { user };
  }

  const checkOwnPassword = (c: Request) => checkPassword(c, current(c).user.email, c.get('t').passwordWrong);

  function mail(c: Request, to: string, kind: Exclude<keyof Texts['mail'], 'notYou'>) {
    const { subject, body } = c.get('t').mail[kind];
    return store.addMail(to, subject, `${body} ${c.get('t').mail.notYou}`);
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
    const email = normalizeEmail(c.get('form').email);
    const checked = await checkPassword(c, email, c.get('t').loginFailed);
    if (!checked.user)
      return c.html(<pages.LoginPage view={view(c)} email={email} error={checked.error} />, checked.status);
    const { user } = checked;
    const stage = factor.stageAfterPassword(user, policy());
    return startSession(c, user, stage, entrances[stage]);
  });

  const backupCodes = () => policy().backupCodes !== 'off';

  app.get('/login/code', only('password'), (c) =>
    c.html(<pages.CodePage view={view(c)} error={null} backupCodes={backupCodes()} />),
  );

  app.post('/login/code', only('password'), async (c) => {
    const { user } = current(c);
    const code = c.get('form').code ?? '';
    const outcome = await factor.attempt(
      change(c),
      (state) => factor.countLogin(state, now()),
      (state) => factor.loginWithCode(state, code, now()),
    );
    if (outcome.kind === 'accepted') return startSession(c, user, 'full', '/');
    const { error, status } = refusal(c, outcome, c.get('t').codeWrong);
    return c.html(<pages.CodePage view={view(c)} error={error} backupCodes={backupCodes()} />, status);
  });

  const backupPage = (c: Request, error: string | null) => (
    <pages.BackupCodePage view={view(c)} error={error} disables={policy().backupCodes === 'disable'} />
  );

  app.get('/login/backup-code', only('password'), (c) =>
    backupCodes() ? c.html(backupPage(c, null)) : c.redirect('/login/code', 303),
  );

  app.post('/login/backup-code', only('password'), async (c) => {
    const { user } = current(c);
    const code = c.get('form').code ?? '';
    const outcome = await slowly(() =>
      factor.attempt(
        change(c),
        (state) => factor.countLogin(state, now()),
        (state) => factor.loginWithBackupCode(state, code, now(), policy()),
      ),
    );
    if (outcome.kind === 'refused') {
      const { error, status } = refusal(c, outcome, c.get('t').backupWrong);
      return c.html(backupPage(c, error), status);
    }
    await mail(c, user.email, 'backupUsed');
    if (!outcome.switchedOff) return startSession(c, user, 'full', '/security?notice=backup-used');
    await mail(c, user.email, 'off');
    const stage = factor.stageAfterPassword({ ...user, twoFactor: false }, policy());
    return startSession(c, user, stage, '/security/two-factor?notice=backup-disabled');
  });

  app.post('/logout', (c) => endSession(c, '/login?notice=logged-out'));

  app.get('/register', (c) => c.html(<pages.RegisterPage view={view(c)} email="" errors={{}} />));

  app.post('/register', async (c) => {
    const t = c.get('t');
    const email = normalizeEmail(c.get('form').email);
    const password = c.get('form').password ?? '';
    const errors = {
      // No colon: it separates site and account in the URI behind the QR code.
      ...(!/^[^\s:@]+@[^\s:@]+$/.test(email) || email.length > 200 ? { email: t.emailInvalid } : {}),
      ...(password.length < 10 || password.length > 200 ? { password: t.passwordShort } : {}),
    };
    if (errors.email || errors.password)
      return c.html(<pages.RegisterPage view={view(c)} email={email} errors={errors} />, 422);
    // The same answer, after the same work, where the address is taken: only its owner is told.
    const created = await store.createUser(email, await hashPassword(password));
    await mail(c, email, created ? 'registered' : 'taken');
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
  const enrolPath = '/security/two-factor';

  async function enrolPage(c: Request, error: string | null, status: 200 | 422 | 429 = 200) {
    const { user, hash, stage } = current(c);
    const { active, enrolment } = await store.readSecondFactor(user.id, hash);
    if (active) return c.redirect('/security', 303);
    if (enrolment && enrolment.confirmedTimeStep !== null)
      return c.html(<pages.CodesShownPage view={view(c, enrolPath)} />);
    if (!enrolment) return c.html(startPage(c, error), status);
    const key = factor.enrolmentKey(enrolment, config.issuer, user.email);
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

  /** The log-in goes on from a set-up: it took the password and a code. */
  async function activated(c: Request) {
    const { user } = current(c);
    await mail(c, user.email, 'activated');
    if (config.policies.logOutAfterActivation) return endSession(c, '/login?notice=log-in-again');
    return startSession(c, user, 'full', '/security?notice=activated');
  }

  app.get(enrolPath, enrolling, async (c) => {
    // A login that has to set it up first has just taken the password: it goes on without a question.
    if (current(c).stage === 'enrol') await change(c)(factor.startEnrolment);
    return enrolPage(c, null);
  });

  app.post(enrolPath, only('full'), async (c) => {
    const checked = await checkOwnPassword(c);
    if (!checked.user) return c.html(startPage(c, checked.error), checked.status);
    await change(c)(factor.startEnrolment);
    return c.redirect(enrolPath, 303);
  });

  app.get(`${enrolPath}/:step{confirm|activate|new-codes|cancel}`, (c) => c.redirect(enrolPath, 303));

  app.post(`${enrolPath}/confirm`, enrolling, async (c) => {
    const code = c.get('form').code ?? '';
    const outcome = await slowly(() =>
      factor.attempt(
        change(c),
        (state) => factor.countConfirmation(state, now()),
        (state) => factor.confirmEnrolment(state, code, now(), policy()),
      ),
    );
    switch (outcome.kind) {
      case 'confirmed':
        return codesPage(c, outcome.codes, true);
      case 'activated':
        return activated(c);
      case 'already-active':
        return c.redirect('/security?notice=already-active', 303);
      case 'already-confirmed':
        return c.redirect(enrolPath, 303);
      case 'refused': {
        const { error, status } = refusal(c, outcome, c.get('t').codeWrong);
        return enrolPage(c, error, status);
      }
    }
  });

  app.post(`${enrolPath}/new-codes`, enrolling, async (c) => {
    const outcome = await slowly(() => change(c)(factor.renewEnrolmentCodes));
    return outcome.kind === 'renewed' ? codesPage(c, outcome.codes, true) : c.redirect(enrolPath, 303);
  });

  app.post(`${enrolPath}/activate`, enrolling, async (c) => {
    if (c.get('form').stored !== 'yes') {
      const renewed = await slowly(() => change(c)(factor.renewEnrolmentCodes));
      if (renewed.kind === 'renewed') return codesPage(c, renewed.codes, true, c.get('t').codesNotStored);
      return c.redirect(enrolPath, 303);
    }
    const outcome = await change(c)(factor.activate);
    if (outcome === 'activated') return activated(c);
    return c.redirect(outcome === 'already-active' ? '/security?notice=already-active' : enrolPath, 303);
  });

  app.post(`${enrolPath}/cancel`, enrolling, async (c) => {
    await change(c)(factor.cancelEnrolment);
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
    const outcome = await slowly(() => change(c)((state) => factor.regenerateBackupCodes(state, policy())));
    if (outcome.kind === 'off') return c.redirect('/security', 303);
    await mail(c, checked.user.email, 'renewed');
    return codesPage(c, outcome.codes, false);
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
    const outcome = await change(c)((state) => factor.disable(state, policy()));
    if (outcome === 'obligatory')
      return c.html(<pages.ErrorPage view={view(c)} text={c.get('t').obligatory} />, 403);
    if (outcome === 'switched-off') await mail(c, checked.user.email, 'off');
    return startSession(c, checked.user, 'full', '/security?notice=switched-off');
  });

  // ----- administration

  app.use('/admin', only('full'), onlyAdmin);
  app.use('/admin/*', only('full'), onlyAdmin);

  app.get('/admin', async (c) => c.html(<pages.UsersPage view={view(c)} users={await store.listUsers()} />));

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
    const outcome = await store.changeSecondFactor(user.id, null, factor.disableForUser);
    if (outcome === 'switched-off') await mail(c, user.email, 'adminOff');
    return c.redirect(`/admin/users/${user.id}?notice=switched-off`, 303);
  });

  if (config.demo)
    app.get('/mail', async (c) => c.html(<pages.MailPage view={view(c)} mails={await store.listMails()} />));

  return app;
}

export const normalizeEmail = (text = '') => text.trim().toLowerCase();
