// What every request goes through, whatever the page: headers, language, session, where forms come from, errors.
import { fileURLToPath } from 'node:url';
import { serveStatic } from '@hono/node-server/serve-static';
import { type Context, Hono, type MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { getCookie, setCookie } from 'hono/cookie';
import { csrf } from 'hono/csrf';
import { HTTPException } from 'hono/http-exception';
import { languageDetector } from 'hono/language';
import { secureHeaders } from 'hono/secure-headers';
import { constantTimeEqual, OtpError } from 'otpure';
import { type Config, type Policy, policyAt } from './config.js';
import type { Session, Store, User } from './database.js';
import { type Keys, newSessionId } from './keys.js';
import { ErrorPage } from './pages.js';
import { Busy } from './queue.js';
import { type Stage, stageOf } from './second-factor.js';
import { type Language, languages, type Texts } from './texts.js';

export interface Variables {
  language: string;
  t: Texts;
  /** Null: nobody, or a session that is over. */
  session: (Session & { stage: Stage; endsAt: number }) | null;
  /** What was typed can be no code, so it wasn't counted. */
  isTypo: boolean;
  /** Whom an administrator helps. */
  subject: User;
  form: Record<string, string>;
}
export type Notice = keyof Texts['notice'];
/** Names of texts about a code that was typed, which a page shows beside its field. */
const refusals = ['codeTypo', 'codeWrong', 'backupTypo', 'backupWrong'] as const;
export type Refused = (typeof refusals)[number];
export type Request = Context<{ Variables: Variables }>;

const linkLifetime = 3600_000;

/** Where a session of each stage goes when it asks for a page that is not for it. */
export const entrances = { password: '/login/code', enrol: '/security/two-factor', full: '/' };

/** What every page needs to know about the request. `notice`: after a redirect. */
function viewOf(c: Request, config: Config, policy: Policy, path: string | null, notice: string) {
  const { t, language, session } = c.var;
  return {
    site: config.issuer,
    t,
    lang: language as Language,
    policy,
    /** The page's own address, for the language switch. `null`: leaving the page would lose what it shows. */
    path,
    /** Null until the login is finished. */
    user: session?.stage === 'full' ? session.user : null,
    /** Who gave the password, even if the login isn't finished. */
    email: session?.user.email ?? null,
    failures: session?.failures ?? 0,
    demo: config.demo,
    contact: config.contact,
    notice: Object.hasOwn(t.notice, notice) ? (notice as Notice) : null,
  };
}
export type View = ReturnType<typeof viewOf>;

export function createWeb(config: Config, store: Store, keys: Keys, now: () => number) {
  const app = new Hono<{ Variables: Variables }>();
  const secure = config.origin.protocol === 'https:';
  // __Host-: a browser takes it only over https and from this very host, so no sister domain can plant one.
  const prefix = secure ? '__Host-' : '';
  const read = (c: Request, name: string) => getCookie(c, prefix + name) ?? '';
  /** Until the browser closes, or for so many days. */
  function write(c: Request, name: string, value: string, days?: number) {
    const kept = days !== undefined && { maxAge: days * 24 * 3600 };
    setCookie(c, prefix + name, value, { path: '/', httpOnly: true, sameSite: 'Lax', secure, ...kept });
  }
  const policy = () => policyAt(config.policies, now());

  // ----- for every request

  app.use(async (c, next) => {
    const start = performance.now();
    await next();
    // The path only, for nothing a person typed or was given gets into the log; encoded, for nobody adds lines to it.
    const path = new URL(c.req.url).pathname.slice(0, 200);
    console.log(`${c.req.method} ${path} ${c.res.status} ${Math.round(performance.now() - start)}ms`);
  });

  app.use(
    secureHeaders({
      contentSecurityPolicy: {
        defaultSrc: ["'none'"],
        styleSrc: ["'self'"],
        scriptSrc: ["'self'"],
        imgSrc: ["'self'", 'data:'],
        formAction: ["'self'"],
        baseUri: ["'none'"],
        frameAncestors: ["'none'"],
      },
      xFrameOptions: 'DENY',
      // Not 'no-referrer': forms would be sent without their origin then.
      referrerPolicy: 'same-origin',
      strictTransportSecurity: secure && 'max-age=63072000; includeSubDomains',
    }),
  );

  const pico = fileURLToPath(import.meta.resolve('@picocss/pico/css/pico.min.css'));
  app.use('/public/pico.css', serveStatic({ path: pico }));
  app.use('/public/*', serveStatic({ root: fileURLToPath(new URL('..', import.meta.url)) }));

  // A body that breaks off or can't be parsed is the sender's fault. Errors of later steps don't reach this.
  const badRequest = (c: Request) => c.text('Bad request', 400);
  // Text in PostgreSQL has no NUL.
  const isText = (text: unknown) => typeof text === 'string' && !text.includes('\0');
  app.use(async (c, next) => (c.req.url.includes('%00') ? badRequest(c) : next()));
  const limit = bodyLimit({ maxSize: 16 * 1024, onError: (c) => c.text('Too large', 413) });
  app.use((c, next) => limit(c, next).catch(() => badRequest(c)));

  app.use(
    languageDetector({
      supportedLanguages: Object.keys(languages),
      fallbackLanguage: 'en',
      order: ['querystring', 'cookie', 'header'],
      lookupQueryString: 'lang',
      cookieOptions: { path: '/', sameSite: 'Lax', httpOnly: true, secure, maxAge: 365 * 24 * 3600 },
    }),
  );

  // The browser says which site a form is from. No other site may act here, nor log someone in to an attacker's
  // account unnoticed; SameSite cookies don't stop sister domains.
  app.use(csrf({ origin: config.origin.origin }));

  // Before the session is read: a body that comes slowly must not act for one that has ended meanwhile.
  app.post('*', async (c, next) => {
    const type = c.req.header('content-type') ?? '';
    if (!/^(application\/x-www-form-urlencoded|multipart\/form-data)\b/i.test(type)) return badRequest(c);
    const body = await c.req.parseBody<Record<string, string>>().catch(() => null);
    if (!body || !Object.values(body).every(isText)) return badRequest(c);
    c.set('form', body);
    return next();
  });

  app.use(async (c, next) => {
    // Pages hold secrets, codes and tokens: none may be in a cache or come back with the back button.
    c.header('Cache-Control', 'no-store');
    c.set('t', languages[c.get('language') as Language]);
    await findSession(c, read(c, 'session'));
    await next();
  });

  // ----- sessions

  async function findSession(c: Request, id: string) {
    const found = await store.findSession(id);
    const state = found && stageOf(found, policy(), now());
    const session = state && !state.isOver ? { ...found, ...state } : null;
    c.set('session', session);
    return session;
  }

  /**
   * Under a new id, also at each step up, in place of the one before. `null`, and no session: the password is another
   * by now, or another request of the one before was faster, and its answer has the cookie.
   */
  async function begin(c: Request, user: User, failures: number, passedFactor: string | null) {
    const before = c.get('session');
    c.set('session', null);
    if (before && !(await store.endSession(before.hash))) return null;
    const id = await store.beginSession(user, failures, passedFactor);
    write(c, 'session', id);
    return findSession(c, id);
  }

  // ----- browsers that are known

  // With the hash of the password in it, so that a new password revokes it.
  const browserToken = (id: string, { email, passwordHash }: User) =>
    `${id}.${keys.sign('browser', id, email, passwordHash)}`;

  /** One for each user, for several may share a browser. */
  const cookieOf = (user: User) => `browser-${user.id}`;

  /** The id of the browser, if this user logged in there before. */
  function knownBrowser(c: Request, user: User | null): string | null {
    const token = user ? read(c, cookieOf(user)) : '';
    const [id = ''] = token.split('.');
    return user && constantTimeEqual(token, browserToken(id, user)) ? id : null;
  }

  const rememberBrowser = (c: Request, user: User, id = knownBrowser(c, user) ?? newSessionId()) =>
    write(c, cookieOf(user), browserToken(id, user), 365);

  const proofOf = (user: User, until: string) => keys.sign('link', user.id, user.passwordHash, until);

  /** For the owner whom strangers keep out: it makes one browser known, once and within an hour. */
  function browserLink(user: User): string {
    const until = String(now() + linkLifetime);
    return `${config.origin.origin}/login/browser?token=${user.id}.${until}.${proofOf(user, until)}`;
  }

  async function followLink(c: Request, token: string): Promise<boolean> {
    const [userId = '', until = '', proof = ''] = token.split('.');
    const user = await store.findUser(userId);
    if (!user || !constantTimeEqual(proof, proofOf(user, until))) return false;
    const left = Number(until) - now();
    if (left < 0 || left > linkLifetime) return false;
    if (!(await store.storeAttempts(proof, null, { failures: 1, lastFailureAt: now() }))) return false;
    rememberBrowser(c, user, proof);
    return true;
  }

  async function end(c: Request) {
    const session = c.get('session');
    if (session) await store.endSession(session.hash);
    c.set('session', null);
    write(c, 'session', '', 0);
  }

  /** The gate of each route: a session of another stage is sent to where it has to go on. */
  function only(...stages: Stage[]): MiddlewareHandler<{ Variables: Variables }> {
    return async (c, next) => {
      const stage = c.get('session')?.stage;
      if (stage && stages.includes(stage)) return next();
      if (stage) return go(c, entrances[stage]);
      // Nobody types something that is lost without a word.
      const wasIn = read(c, 'session') || c.req.method === 'POST';
      return go(c, '/login', wasIn ? 'session-over' : undefined);
    };
  }

  function current(c: Request) {
    const session = c.get('session');
    if (!session) throw new Error(`${c.req.path} has no gate.`);
    return session;
  }

  // ----- answers

  /** `notice`: what the next page is to say. In a cookie, for a link must not put it there. */
  function go(c: Request, path: string, notice?: Notice | Refused) {
    if (notice) write(c, 'notice', notice);
    return c.redirect(path, 303);
  }

  /** What the page before sent on about a code. */
  function refused(c: Request): string | null {
    const name = refusals.find((refusal) => refusal === read(c, 'notice'));
    return name ? c.get('t')[name] : null;
  }

  function view(c: Request, path: string | null = c.req.path): View {
    const notice = read(c, 'notice');
    if (notice) write(c, 'notice', '', 0);
    return viewOf(c, config, policy(), path, notice);
  }

  const notFound = (c: Request) => c.html(<ErrorPage view={view(c, null)} text={c.get('t').notFound} />, 404);

  app.notFound(notFound);

  app.onError((error, c) => {
    if (error instanceof HTTPException) return error.getResponse();
    const t = c.get('t') ?? languages.en;
    const busy = error instanceof Busy || (error instanceof OtpError && /BUSY|CONFLICT/.test(error.code));
    // Its message and place; what people sent is in neither.
    console.error(busy ? `busy: ${error.message}` : error.stack);
    if (busy) c.header('Retry-After', '5');
    return c.text(busy ? t.busy : t.failed, busy ? 503 : 500);
  });

  const sessions = { current, begin, end, knownBrowser, rememberBrowser, browserLink, followLink };
  return { app, read, write, policy, only, view, notFound, go, refused, ...sessions };
}
