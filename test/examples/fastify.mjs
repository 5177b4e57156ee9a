// Two-factor login in Fastify 5. Users and their passwords are in users.mjs.
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import cookie from '@fastify/cookie';
import rateLimit from '@fastify/rate-limit';
import session from '@fastify/session';
import Fastify from 'fastify';
import { createTwoFactor } from 'otpure';
import { checkPassword, createUser, findUser, key, store, warnOwner } from './users.mjs';

const MINUTE = 60_000;
const twoFactor = createTwoFactor({ issuer: 'Acme', key, read: findUser, store, onRefused: warnOwner });

// Behind a proxy that speaks HTTPS, add `trustProxy: 1`: otherwise cookies aren't `secure`.
// It reads JSON, and no forms: another site could send those.
const app = Fastify({ logger: { level: 'error' } });
await app.register(cookie);
await app.register(session, {
  secret: randomBytes(32).toString('hex'), // new at each start, like the sessions: they are kept in memory
  saveUninitialized: false, // otherwise a second request of a new visitor can log the person out
  rolling: false, // otherwise a request that is still under way brings an ended session back
  cookie: { httpOnly: true, sameSite: 'lax', secure: 'auto' },
});
// The session was read before the body, and may have ended since.
app.addHook('preValidation', ({ session }) => session.reload());
// One limit for each user, shared by all routes that check a code: a backup code costs a run of scrypt.
await app.register(rateLimit, { global: false });
const keyGenerator = (request) => String(request.user.id);
const limit = app.rateLimit({ max: 10, timeWindow: MINUTE, keyGenerator });

app.decorateRequest('user', null);
app.decorateRequest('loggedIn', false);

// A new session id at every step, so that an id stolen earlier becomes worthless.
async function startSession(request, { id: userId, version }, passedFactor) {
  await request.session.regenerate();
  Object.assign(request.session, { userId, version, passedFactor, startedAt: Date.now() });
}

// Runs on every request. A full login takes the password and, if a factor is active, a code.
async function passwordGiven(request, reply) {
  const { userId, version, passedFactor, startedAt = 0 } = request.session;
  const user = userId && (await findUser(userId));
  if (!user) return reply.code(401).send();
  // A session without a code ends at the next set-up, and switching off must not bring it back.
  const isOld = passedFactor === 'none' && version !== user.version;
  request.loggedIn = !isOld && twoFactor.hasPassed(user.factor, passedFactor);
  const minutes = request.loggedIn ? 12 * 60 : 15;
  if (Date.now() > startedAt + minutes * MINUTE) return reply.code(401).send();
  request.user = user;
}

async function fullLogin(request, reply) {
  if (!request.loggedIn) return reply.code(401).send();
}
const loggedIn = [passwordGiven, fullLogin];

// The answer to a wrong code says when the next try is allowed, and no more.
async function refuse(request, reply, status) {
  const { retryAt, locked } = await twoFactor.status(request.user.id);
  return reply.code(status).send({ retryAt, locked });
}

const device = (user) => `device_${user.id}`; // the cookie of a browser that this user trusts

app.post('/signup', async (request, reply) => {
  const user = await createUser(request.body?.email, request.body?.password);
  if (!user) return reply.code(400).send();
  await startSession(request, user, twoFactor.afterPassword(user.factor));
  return { ok: true };
});

// Limit guesses at passwords as well, by IP address: in your proxy, for instance.
app.post('/login', async (request, reply) => {
  const user = await checkPassword(request.body?.email, request.body?.password);
  if (!user) return reply.code(401).send();
  const passedFactor = twoFactor.afterPassword(user.factor, request.cookies[device(user)]);
  await startSession(request, user, passedFactor);
  return passedFactor === null ? { next: '2fa' } : { ok: true };
});

const checkCode = (only) => async (request, reply) => {
  const { user, body } = request;
  const trustDevice = body?.trustDevice === true;
  const match = await twoFactor.verify(user.id, body?.code, { only, trustDevice });
  if (!match) return refuse(request, reply, 401);
  const { passedFactor, deviceToken } = match;
  const maxAge = 30 * 24 * 60 * 60; // in seconds
  const options = { path: '/', httpOnly: true, sameSite: 'lax', secure: 'auto', maxAge };
  if (deviceToken) reply.setCookie(device(user), deviceToken, options);
  await startSession(request, user, passedFactor);
  return { ok: true };
};
app.post('/login/2fa', { preHandler: [passwordGiven, limit] }, checkCode('totp'));
app.post('/login/backup', { preHandler: [passwordGiven, limit] }, checkCode('backup-code'));

app.get('/me', { preHandler: loggedIn }, async ({ user }) => ({
  email: user.email,
  twoFactor: user.factor !== null,
}));

// A set-up has a record of its own: a write to the session could bring back one that has just ended.
const setUpRecord = ({ session, sessionStore }, method, ...given) =>
  promisify(sessionStore[method]).call(sessionStore, `set-up:${session.sessionId}`, ...given);

// Show `uri` as a QR code, and `key` to people who type it. The set-up belongs to this session.
app.post('/2fa/enrol', { preHandler: loggedIn }, async (request) => {
  const { uri, setupKey, pendingSecret } = twoFactor.setUp(request.user.id, request.user.email);
  const { cookie } = request.session; // says how long a store keeps it
  await setUpRecord(request, 'set', { cookie, pendingSecret });
  return { uri, key: setupKey };
});

// `code` is from the new phone. `currentCode` is from the old one, if there is one, or a backup code.
app.post('/2fa/confirm', { preHandler: [...loggedIn, limit] }, async (request, reply) => {
  const { code, currentCode } = request.body ?? {};
  const { pendingSecret } = (await setUpRecord(request, 'get')) ?? {};
  const issued = await twoFactor.confirm(request.user.id, { pendingSecret, code, currentCode });
  if (!issued) return refuse(request, reply, 400);
  await startSession(request, request.user, issued.passedFactor);
  return { backupCodes: issued.backupCodes }; // show them now: they can't be read again
});

app.post('/2fa/backup-codes', { preHandler: [...loggedIn, limit] }, async (request, reply) => {
  const issued = await twoFactor.replaceBackupCodes(request.user.id, request.body?.code);
  return issued ? { backupCodes: issued.backupCodes } : refuse(request, reply, 401);
});

app.post('/2fa/disable', { preHandler: [...loggedIn, limit] }, async (request, reply) => {
  const { user, body } = request;
  if (!(await twoFactor.disable(user.id, body?.code))) return refuse(request, reply, 401);
  // All other sessions of the user have to log in again.
  await startSession(request, await findUser(user.id), 'none');
  return { ok: true };
});

app.setErrorHandler((error, request, reply) => {
  if (error.code === 'BUSY' || error.code === 'CONFLICT') return reply.code(503).send();
  if (error.statusCode < 500) return reply.send(error);
  // Fastify would send the message, which is not for strangers.
  request.log.error(error);
  reply.code(500).send();
});

await app.listen({ port: Number(process.env.PORT || 3000) });
export const { server } = app;
console.log(`http://localhost:${server.address().port}`);
