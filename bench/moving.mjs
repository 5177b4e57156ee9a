// Moving in: secrets, codes and backup codes made by other libraries, read by the lines of the README's table.
import assert from 'node:assert/strict';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mock, test } from 'node:test';
import { createOTP } from '@better-auth/utils/otp';
import { decodeBase32IgnorePadding as decode, encodeBase32UpperCaseNoPadding } from '@oslojs/encoding';
import { generateTOTP, verifyTOTP, verifyTOTPWithGracePeriod } from '@oslojs/otp';
import { betterAuth } from 'better-auth';
import { memoryAdapter } from 'better-auth/adapters/memory';
import { symmetricDecrypt } from 'better-auth/crypto';
import { twoFactor } from 'better-auth/plugins/two-factor';
import node2fa from 'node-2fa';
import notp from 'notp';
import { Secret, TOTP } from 'otpauth';
import { createGuardrails, generateSecret, generateSync, verifySync } from 'otplib';
import otplib12 from 'otplib12';
import * as otpure from 'otpure';
import speakeasy from 'speakeasy';
import { referenceDecodeBase32, referenceHotp, referenceValue } from '../test/reference/reference.mjs';

const { decodeBase32, hashBackupCodes, verifyBackupCode, verifySecondFactor, verifyTotp } = otpure;
process.noDeprecation = true; // old libraries call Buffer()

const NOW = 1_700_000_000_000;
const STEP = Math.floor(NOW / 30_000);
const NEAR = Array.from({ length: 103 }, (_, i) => STEP + i - 51);
const setClock = (drift) => mock.timers.setTime(NOW + drift * 30_000);
setClock(0);

const BETTER_AUTH_SECRET = randomBytes(32).toString('base64');
const tables = { user: [], session: [], account: [], verification: [], twoFactor: [] };
const auth = betterAuth({
  ...{ baseURL: 'http://localhost', secret: BETTER_AUTH_SECRET, database: memoryAdapter(tables) },
  ...{ emailAndPassword: { enabled: true }, plugins: [twoFactor()], telemetry: { enabled: false } },
});
const body = { email: 'ann@example.com', name: 'Ann', password: randomUUID() };
const { headers } = await auth.api.signUpEmail({ body, returnHeaders: true });
const cookie = new Headers({ cookie: headers.getSetCookie()[0].split(';')[0] });
async function betterAuthRow() {
  await auth.api.enableTwoFactor({ body: { password: body.password }, headers: cookie });
  return tables.twoFactor[0];
}
const betterAuthOtp = async (data, options) =>
  createOTP(await symmetricDecrypt({ key: BETTER_AUTH_SECRET, data }), options);

const guardrails = createGuardrails({ MIN_SECRET_BYTES: 10 });
const lower = (options = {}) => ({ ...options, algorithm: (options.algorithm ?? 'SHA1').toLowerCase() });
const letters = (length = 20) => randomBytes(length).toString('base64').replace(/\W/g, 'x').slice(0, length);
const speakeasyOf = (encoding) => ({
  make: (length) => speakeasy.generateSecret({ length })[encoding],
  code: (secret, { period: step, ...options } = {}) => speakeasy.totp({ ...options, secret, encoding, step }),
  verify: (secret, token, window) => speakeasy.totp.verify({ secret, encoding, token, window }),
  windows: { '0 0': undefined, '1 1': 1, '10 10': 10 },
  takes: (code) => [`+${code.slice(1)}`, ` ${code.slice(1)}`, `${code.slice(1)}x`],
});
const otplib12Of = (totp) => ({
  make: (bytes) => totp.generateSecret(bytes),
  code: (text, { period: step = 30, digits = 6, ...options } = {}) =>
    totp.clone({ step, digits, ...lower(options) }).generate(text),
  verify: (secret, token, window = 0) => totp.clone({ window }).verify({ secret, token }),
  windows: { '0 0': undefined, '1 1': 1, '2 0': [2, 0] },
});

// `lacks`: options it has not; `odd`: spellings it refuses, or takes for another key than apps do; `windows`: steps past
// and future by its own setting; `takes`: other texts taken for a code that begins with 0.
const LIBRARIES = {
  speakeasy: [
    { ...speakeasyOf('base32'), odd: ['spaces', 'spare bits', '1 more', '6 more'] },
    speakeasyOf('ascii'),
    speakeasyOf('hex'),
  ],
  'otplib 12': [
    { ...otplib12Of(otplib12.authenticator), odd: ['spaces'] },
    { ...otplib12Of(otplib12.totp), make: letters },
  ],
  'otplib 13': {
    make: (length) => generateSecret({ length }),
    odd: ['spaces', 'padded badly', 'spare bits', '1 more', '6 more'],
    code: (secret, options) => generateSync({ ...lower(options), secret, guardrails }),
    verify: (secret, token, epochTolerance) =>
      verifySync({ secret, token, epochTolerance, guardrails }).valid,
    windows: { '0 0': undefined, '1 1': 30, '2 0': [60, 0] },
  },
  otpauth: {
    make: (size) => new Secret({ size }).base32,
    code: (secret, options) => new TOTP({ ...options, secret }).generate(),
    verify: (secret, token, window) => new TOTP({ secret }).validate({ token, window }) !== null,
    windows: { '1 1': undefined, '0 0': 0, '10 10': 10 },
  },
  '@oslojs/otp': {
    make: (bytes = 20) => encodeBase32UpperCaseNoPadding(randomBytes(bytes)),
    code: (text, { period = 30, digits = 6 } = {}) => generateTOTP(decode(text), period, digits),
    verify: (text, code, grace) =>
      grace
        ? verifyTOTPWithGracePeriod(decode(text), 30, 6, code, grace)
        : verifyTOTP(decode(text), 30, 6, code),
    lacks: ['algorithm'],
    odd: ['spaces', 'padded badly', 'spare bits', '1 more', '6 more'],
    windows: { '0 0': undefined, '1 1': 30, '10 10': 300 },
  },
  notp: {
    make: letters,
    code: (text, { period } = {}) => notp.totp.gen(text, { time: period }),
    verify: (text, code, window) => notp.totp.verify(code, text, { window }) !== null,
    lacks: ['algorithm', 'digits'],
    windows: { '1 1': 1, '6 6': 6, '50 50': undefined },
  },
  'node-2fa': {
    make: () => node2fa.generateSecret().secret,
    code: (text) => node2fa.generateToken(text).token,
    verify: (text, code, window) => node2fa.verifyToken(text, code, window) !== null,
    lacks: ['algorithm', 'digits', 'period'],
    windows: { '4 4': undefined, '1 1': 1 },
    takes: (code) => [`${code.slice(0, 3)}.${code.slice(3)}`],
  },
  'better-auth': {
    make: async () => (await betterAuthRow()).secret,
    code: async (text, options) => (await betterAuthOtp(text, options)).totp(),
    verify: async (text, code) => (await betterAuthOtp(text)).verify(code),
    lacks: ['algorithm'],
    windows: { '1 1': undefined },
  },
};

const SETTINGS = [{}, { digits: 8 }, { period: 60 }, { algorithm: 'SHA256' }, { algorithm: 'SHA512' }];
const SPELLINGS = {
  'lower case': (text) => text.toLowerCase(),
  padded: (text) => text.padEnd(Math.ceil(text.length / 8) * 8, '='),
  'padded badly': (text) => `${text}=`,
  spaces: (text) => text.replace(/.{4}(?=.)/g, '$& '),
  'spare bits': (text) => `${text.slice(0, 16)}GB`,
  '1 more': (text) => `${text.slice(0, 16)}G`,
  '6 more': (text) => `${text.slice(0, 16)}GEZDGN`,
};

// No code is there twice, that of now begins with 0, and notp drops leading zeros of none.
const fits = (values) =>
  new Set(values.map((value) => value % 1e6)).size === NEAR.length &&
  values[51] % 1e6 < 1e5 &&
  Math.min(...values) >= 1e5;

// The lines of the README's table, each a function of the stored text.
const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const table = readme.split('\nfrom|')[1].split('\n\n')[0].split('\n').slice(2);
const [definition] = /base32 = [^`]+/.exec(readme);
const AsyncFunction = (async () => {}).constructor;
const CASES = table.flatMap((row) => {
  const [name, , cell] = row.split('|');
  const lines = cell.split('`').filter((_, i) => i % 2 === 1);
  return lines.map((line, i) => ({ name: `${name}, ${line}`, library: [LIBRARIES[name]].flat()[i], line }));
});

for (const { name, library, line } of CASES) {
  const names = 'decodeBase32, symmetricDecrypt, BETTER_AUTH_SECRET, text';
  const run = new AsyncFunction(names, `const ${definition}; return ${line}`);
  const read = (text) => run(decodeBase32, symmetricDecrypt, BETTER_AUTH_SECRET, text);
  const { make, code, verify, lacks = [], odd = [], windows, takes = () => [] } = library;

  test(`${name}: secrets and codes`, async () => {
    for (const setting of SETTINGS.filter((one) => !lacks.some((option) => option in one))) {
      const text = await make(setting.algorithm ? 64 : 10);
      const options = { ...setting, minSecretBytes: 10 };
      const match = verifyTotp(await read(text), await code(text, setting), null, options);
      assert.equal(match?.drift, 0, JSON.stringify(setting));
    }
    if (!line.startsWith('base32')) return;
    for (const [spelling, spell] of Object.entries(SPELLINGS)) {
      const text = spell(await make());
      const right = referenceHotp(referenceDecodeBase32(text, true), STEP);
      assert.ok(verifyTotp(await read(text), right, null, { minSecretBytes: 10 }), spelling);
      let theirs;
      try {
        theirs = code(text);
      } catch {}
      assert.equal(theirs !== right, odd.includes(spelling), spelling);
    }
  });

  test(`${name}: windows, and what gets stricter`, async () => {
    let [text, key] = [];
    do {
      text = await make();
      key = await read(text);
    } while (!fits(NEAR.map((step) => referenceValue(key, step))));
    const ours = (typed, lastUsed, window) =>
      verifyTotp(key, typed, lastUsed, { window, minSecretBytes: 10 }) !== null;

    for (const [steps, setting] of Object.entries(windows)) {
      const [past, future] = steps.split(' ').map(Number);
      const window = { past: Math.min(past, 10), future: Math.min(future, 10) };
      for (const drift of [-past - 1, -past, 0, future, future + 1]) {
        setClock(drift);
        const typed = await code(text);
        setClock(0);
        assert.equal(await verify(text, typed, setting), -past <= drift && drift <= future);
        assert.equal(ours(typed, null, window), -window.past <= drift && drift <= window.future);
      }
    }
    const typed = await code(text);
    assert.deepEqual([await verify(text, typed), ours(typed, null)], [true, true]);
    assert.deepEqual([await verify(text, typed), ours(typed, STEP)], [true, false]);
    for (const other of takes(typed))
      assert.deepEqual([await verify(text, other), ours(other, null)], [true, false], other);
  });
}

test('the README has a line for each', () => {
  const libraries = CASES.map(({ library }) => library);
  assert.deepEqual(libraries, Object.values(LIBRARIES).flat());
});

test('a person moves in, with backup codes in plain text or as SHA-256 beside new ones', async () => {
  const hash = (codes) => hashBackupCodes(codes, { cost: { N: 16, r: 8, p: 1 } });
  const sha256 = (text) => createHash('sha256').update(text).digest('hex');
  const { backupCodes } = await betterAuthRow();
  const theirs = JSON.parse(await symmetricDecrypt({ key: BETTER_AUTH_SECRET, data: backupCodes }));
  const others = [() => randomBytes(4).toString('hex'), () => letters(10), randomUUID];
  const plain = [theirs, ...others.map((make) => [make(), make(), make()])];
  for (const [old, stored] of [...plain.map((codes) => [codes, codes]), [theirs, theirs.map(sha256)]]) {
    const added = otpure.generateBackupCodes({ count: 3 });
    const backupHashes = [...(await hash(stored)), ...(await hash(added))];
    let factor = { id: randomUUID(), lastUsedTimeStep: null, backupHashes, attempts: null };
    const text = otplib12.authenticator.generateSecret();
    const logIn = async (code) => {
      const isDigest = await verifyBackupCode(sha256(code), factor.backupHashes);
      const [secret, typed] = [decodeBase32(text, { lenient: true }), isDigest ? sha256(code) : code];
      const step = await verifySecondFactor(secret, factor, typed, { minSecretBytes: 10 });
      factor = step.factor;
      return step.result?.kind;
    };
    for (const code of [otplib12.authenticator.generate(text), ...old, ...added]) {
      assert.equal(await logIn(code), code.length === 6 ? 'totp' : 'backup-code');
      assert.equal(await logIn(code), undefined);
    }
    assert.deepEqual(factor.backupHashes, []);
  }
});
