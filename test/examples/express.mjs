// Two-factor login in Express 5. Users and their passwords are in users.mjs.
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import cookieParser from 'cookie-parser';
import express from 'express';
import { rateLimit } from 'express-rate-limit';
import session from 'express-session';
import { createTwoFactor } from 'otpure';
import { checkPassword, createUser, findUser, key, store, warnOwner } from './users.mjs';

const MINUTE = 60_000;
const twoFactor = createTwoFactor({ issuer: 'Acme', key, read: findUser, store, onRefused: warnOwner });

// Behind a proxy that speaks HTTPS, add app.set('trust proxy', 1): otherwise cookies aren't `secure`.
const app = express();
app.use(express.json(), cookieParser());
app.use(
  session({
    secret: randomBytes(32).toString('hex'), // new at each start, like the sessions: they are kept in memory
    resave: false, // otherwise a request that is still under way brings an ended session back
    saveUninitialized: false, // otherwise a second request of a new visitor can log the person out
    cookie: { httpOnly: true, sameSite: 'lax', secure: 'auto' },
  }),
);

// README: begin
// A new session id at every step, so that an id stolen earlier becomes worthless.
async function startSession(req, { id: userId, version }, passedFactor) {
  await promisify(req.session.regenerate).call(req.session);
  Object.assign(req.session, { userId, version, passedFactor, startedAt: Date.now() });
}

// Runs on every request. A full login takes the password and, if a factor is active, a code.
async function passwordGiven(req, res, next) {
  const { userId, version, passedFactor, startedAt = 0 } = req.session;
  req.user = userId && (await findUser(userId));
  if (!req.user) return res.sendStatus(401);
  // A session without a code ends at the next set-up, and switching off must not bring it back.
  const isOld = passedFactor === 'none' && version !== req.user.version;
  req.loggedIn = !isOld && twoFactor.hasPassed(req.user.factor, passedFactor);
  const minutes = req.loggedIn ? 12 * 60 : 15;
  if (Date.now() > startedAt + minutes * MINUTE) return res.sendStatus(401);
  next();
}
const loggedIn = [passwordGiven, (req, res, next) => (req.loggedIn ? next() : res.sendStatus(401))];

// One limit for each user, shared by all routes that check a code: a backup code costs a run of scrypt.
const limit = rateLimit({ windowMs: MINUTE, limit: 10, keyGenerator: (req) => String(req.user.id) });

// The answer to a wrong code says when the next try is allowed, and no more.
async function refuse(req, res, status) {
  const { retryAt, locked } = await twoFactor.status(req.user.id);
  res.status(status).json({ retryAt, locked });
}

const device = (user) => `device_${user.id}`; // the cookie of a browser that this user trusts

// Limit guesses at passwords as well, by IP address: in your proxy, for instance.
app.post('/login', async (req, res) => {
  const user = await checkPassword(req.body?.email, req.body?.password);
  if (!user) return res.sendStatus(401);
  const passedFactor = twoFactor.afterPassword(user.factor, req.cookies[device(user)]);
  await startSession(req, user, passedFactor);
  res.json(passedFactor === null ? { next: '2fa' } : { ok: true });
});

const checkCode = (only) => async (req, res) => {
  const { user, body } = req;
  const trustDevice = body?.trustDevice === true;
  const match = await twoFactor.verify(user.id, body?.code, { only, trustDevice });
  if (!match) return refuse(req, res, 401);
  const { passedFactor, deviceToken } = match;
  const maxAge = 30 * 24 * 60 * MINUTE; // in milliseconds
  const cookie = { httpOnly: true, sameSite: 'lax', secure: req.secure, maxAge };
  if (deviceToken) res.cookie(device(user), deviceToken, cookie);
  await startSession(req, user, passedFactor);
  res.json({ ok: true });
};
app.post('/login/2fa', passwordGiven, limit, checkCode('totp'));
app.post('/login/backup', passwordGiven, limit, checkCode('backup-code'));

// A set-up has a record of its own: a write to the session could bring back one that has just ended.
const setUpRecord = (req, method, ...given) =>
  promisify(req.sessionStore[method]).call(req.sessionStore, `set-up:${req.sessionID}`, ...given);

// Show `uri` as a QR code, and `key` to people who type it. The set-up belongs to this session.
app.post('/2fa/enrol', loggedIn, async (req, res) => {
  const { uri, setupKey, pendingSecret } = twoFactor.setUp(req.user.id, req.user.email);
  const { cookie } = req.session; // says how long a store keeps it
  await setUpRecord(req, 'set', { cookie, pendingSecret });
  res.json({ uri, key: setupKey });
});

// `code` is from the new phone. `currentCode` is from the old one, if there is one, or a backup code.
app.post('/2fa/confirm', loggedIn, limit, async (req, res) => {
  const { code, currentCode } = req.body ?? {};
  const { pendingSecret } = (await setUpRecord(req, 'get')) ?? {};
  const issued = await twoFactor.confirm(req.user.id, { pendingSecret, code, currentCode });
  if (!issued) return refuse(req, res, 400);
  await startSession(req, req.user, issued.passedFactor);
  res.json({ backupCodes: issued.backupCodes }); // show them now: they can't be read again
});

app.post('/2fa/disable', loggedIn, limit, async (req, res) => {
  if (!(await twoFactor.disable(req.user.id, req.body?.code))) return refuse(req, res, 401);
  // All other sessions of the user have to log in again.
  await startSession(req, await findUser(req.user.id), 'none');
  res.json({ ok: true });
});
// README: end

app.post('/2fa/backup-codes', loggedIn, limit, async (req, res) => {
  const issued = await twoFactor.replaceBackupCodes(req.user.id, req.body?.code);
  if (!issued) return refuse(req, res, 401);
  res.json({ backupCodes: issued.backupCodes });
});

app.post('/signup', async (req, res) => {
  const user = await createUser(req.body?.email, req.body?.password);
  if (!user) return res.sendStatus(400);
  await startSession(req, user, twoFactor.afterPassword(user.factor));
  res.json({ ok: true });
});

app.get('/me', loggedIn, (req, res) => {
  res.json({ email: req.user.email, twoFactor: req.user.factor !== null });
});

app.use((error, _req, res, next) => {
  if (error.code === 'BUSY' || error.code === 'CONFLICT') return res.sendStatus(503);
  // Not logged: the error for a body that can't be parsed quotes it, password and code included.
  if (error.status < 500) return res.sendStatus(error.status);
  next(error);
});

export const server = app.listen(process.env.PORT || 3000, () => {
  console.log(`http://localhost:${server.address().port}`);
});
