// Two-factor login in Hono, with a table of sessions of its own. Users and their passwords are in users.mjs.
import { hash, randomBytes } from 'node:crypto';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { getCookie, setCookie } from 'hono/cookie';
import { rateLimiter } from 'hono-rate-limiter';
import { createTwoFactor } from 'otpure';
import { checkPassword, createUser, findUser, key, query, store, warnOwner } from './users.mjs';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const twoFactor = createTwoFactor({ issuer: 'Acme', key, read: findUser, store, onRefused: warnOwner });

await query(`CREATE TABLE IF NOT EXISTS sessions (
  id text PRIMARY KEY, -- a hash of what is in the cookie, so that nobody can enter with a copy of the table
  user_id integer NOT NULL REFERENCES users,
  version integer NOT NULL, -- that of the user at login
  passed_factor text,
  pending_secret text,
  started_at bigint NOT NULL
)`);

const sessionId = (token) => hash('sha256', token ?? '');

// Behind a proxy that speaks HTTPS, write `secure: true`.
const cookieFor = (c, seconds) => ({
  httpOnly: true,
  sameSite: 'Lax',
  secure: new URL(c.req.url).protocol === 'https:',
  maxAge: seconds,
});

// A new session id at every step, so that an id stolen earlier becomes worthless.
async function startSession(c, user, passedFactor) {
  const token = randomBytes(32).toString('base64url');
  const old = [sessionId(getCookie(c, 'session')), Date.now() - DAY];
  await query('DELETE FROM sessions WHERE id = $1 OR started_at < $2', old);
  await query(
    'INSERT INTO sessions (id, user_id, version, passed_factor, started_at) VALUES ($1, $2, $3, $4, $5)',
    [sessionId(token), user.id, user.version, passedFactor, Date.now()],
  );
  setCookie(c, 'session', token, cookieFor(c, DAY / 1000));
}

// Runs on every request. A full login takes the password and, if a factor is active, a code.
async function passwordGiven(c, next) {
  const [session] = await query('SELECT * FROM sessions WHERE id = $1', [sessionId(getCookie(c, 'session'))]);
  const user = session && (await findUser(session.user_id));
  if (!user) return c.body(null, 401);
  // A session without a code ends at the next set-up, and switching off must not bring it back.
  const isOld = session.passed_factor === 'none' && session.version !== user.version;
  const isLoggedIn = !isOld && twoFactor.hasPassed(user.factor, session.passed_factor);
  const minutes = isLoggedIn ? 12 * 60 : 15;
  // pg gives a bigint as text.
  if (Date.now() > Number(session.started_at) + minutes * MINUTE) return c.body(null, 401);
  c.set('user', user);
  c.set('session', session);
  c.set('isLoggedIn', isLoggedIn);
  await next();
}
const fullLogin = async (c, next) => (c.get('isLoggedIn') ? next() : c.body(null, 401));

// One limit for each user, shared by all routes that check a code: a backup code costs a run of scrypt.
const limit = rateLimiter({ windowMs: MINUTE, limit: 10, keyGenerator: (c) => String(c.get('user').id) });

// The answer to a wrong code says when the next try is allowed, and no more.
async function refuse(c, status) {
  const { retryAt, locked } = await twoFactor.status(c.get('user').id);
  return c.json({ retryAt, locked }, status);
}

const device = (user) => `device_${user.id}`; // the cookie of a browser that this user trusts

const app = new Hono();
app.use(bodyLimit({ maxSize: 100_000, onError: (c) => c.body(null, 413) }), async (c, next) => {
  // Nothing but JSON: a form on another site can't send that.
  const isJson = c.req.header('content-type')?.startsWith('application/json');
  const body = isJson ? await c.req.json().catch(() => undefined) : {};
  if (body === undefined) return c.body(null, 400);
  c.set('body', body ?? {});
  await next();
});

app.post('/signup', async (c) => {
  const { email, password } = c.get('body');
  const user = await createUser(email, password);
  if (!user) return c.body(null, 400);
  await startSession(c, user, twoFactor.afterPassword(user.factor));
  return c.json({ ok: true });
});

// Limit guesses at passwords as well, by IP address: in your proxy, for instance.
app.post('/login', async (c) => {
  const { email, password } = c.get('body');
  const user = await checkPassword(email, password);
  if (!user) return c.body(null, 401);
  const passedFactor = twoFactor.afterPassword(user.factor, getCookie(c, device(user)));
  await startSession(c, user, passedFactor);
  return c.json(passedFactor === null ? { next: '2fa' } : { ok: true });
});

const checkCode = (only) => async (c) => {
  const user = c.get('user');
  const { code, trustDevice } = c.get('body');
  const match = await twoFactor.verify(user.id, code, { only, trustDevice: trustDevice === true });
  if (!match) return refuse(c, 401);
  if (match.deviceToken) setCookie(c, device(user), match.deviceToken, cookieFor(c, (30 * DAY) / 1000));
  await startSession(c, user, match.passedFactor);
  return c.json({ ok: true });
};
app.post('/login/2fa', passwordGiven, limit, checkCode('totp'));
app.post('/login/backup', passwordGiven, limit, checkCode('backup-code'));

app.get('/me', passwordGiven, fullLogin, (c) => {
  const { email, factor } = c.get('user');
  return c.json({ email, twoFactor: factor !== null });
});

// Show `uri` as a QR code, and `key` to people who type it. The set-up belongs to this session.
app.post('/2fa/enrol', passwordGiven, fullLogin, async (c) => {
  const { id, email } = c.get('user');
  const { uri, setupKey, pendingSecret } = twoFactor.setUp(id, email);
  await query('UPDATE sessions SET pending_secret = $1 WHERE id = $2', [pendingSecret, c.get('session').id]);
  return c.json({ uri, key: setupKey });
});

// `code` is from the new phone. `currentCode` is from the old one, if there is one, or a backup code.
app.post('/2fa/confirm', passwordGiven, fullLogin, limit, async (c) => {
  const user = c.get('user');
  const { code, currentCode } = c.get('body');
  const pendingSecret = c.get('session').pending_secret;
  const issued = await twoFactor.confirm(user.id, { pendingSecret, code, currentCode });
  if (!issued) return refuse(c, 400);
  await startSession(c, user, issued.passedFactor);
  return c.json({ backupCodes: issued.backupCodes }); // show them now: they can't be read again
});

app.post('/2fa/backup-codes', passwordGiven, fullLogin, limit, async (c) => {
  const { code } = c.get('body');
  const issued = await twoFactor.replaceBackupCodes(c.get('user').id, code);
  return issued ? c.json({ backupCodes: issued.backupCodes }) : refuse(c, 401);
});

app.post('/2fa/disable', passwordGiven, fullLogin, limit, async (c) => {
  const { id } = c.get('user');
  const { code } = c.get('body');
  if (!(await twoFactor.disable(id, code))) return refuse(c, 401);
  // All other sessions of the user have to log in again.
  await startSession(c, await findUser(id), 'none');
  return c.json({ ok: true });
});

app.onError((error, c) => {
  if (error.code === 'BUSY' || error.code === 'CONFLICT') return c.body(null, 503);
  console.error(error);
  return c.body(null, 500);
});

export const server = serve({ fetch: app.fetch, port: Number(process.env.PORT || 3000) }, ({ port }) => {
  console.log(`http://localhost:${port}`);
});
