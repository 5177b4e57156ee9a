// The README's table of other libraries, and moving from them: their secrets, codes and backup codes, read as the README says.
import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mock, test } from 'node:test';
import { createOTP } from '@better-auth/utils/otp';
import { decodeBase32IgnorePadding as decode, encodeBase32UpperCaseNoPadding } from '@oslojs/encoding';
import * as oslo from '@oslojs/otp';
import * as otplibUri from '@otplib/uri';
import { betterAuth } from 'better-auth';
import { memoryAdapter } from 'better-auth/adapters/memory';
import * as betterAuthCrypto from 'better-auth/crypto';
import { twoFactor } from 'better-auth/plugins/two-factor';
import node2fa from 'node-2fa';
import notp from 'notp';
import * as otpauth from 'otpauth';
import * as otplib from 'otplib';
import otplib12 from 'otplib12';
import * as otpure from 'otpure';
import speakeasy from 'speakeasy';
import { referenceValue } from '../test/reference/reference.mjs';

const { decodeBase32, verifyTotp } = otpure;
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
  createOTP(await betterAuthCrypto.symmetricDecrypt({ key: BETTER_AUTH_SECRET, data }), options);

const guardrails = otplib.createGuardrails({ MIN_SECRET_BYTES: 10 });
const lower = (options = {}) => ({ ...options, algorithm: (options.algorithm ?? 'SHA1').toLowerCase() });
const letters = (length = 20) => randomBytes(length).toString('base64').replace(/\W/g, 'x').slice(0, length);
const speakeasyOf = (encoding) => ({
  make: (length) => speakeasy.generateSecret({ length })[encoding],
  code: (secret, { period: step, ...options } = {}) => speakeasy.totp({ ...options, secret, encoding, step }),
  verify: (secret, token, window) => speakeasy.totp.verify({ secret, encoding, token, window }),
  window: 0,
});
const otplib12Of = (totp) => ({
  make: (bytes) => totp.generateSecret(bytes),
  code: (text, { period: step = 30, digits = 6, ...options } = {}) =>
    totp.clone({ step, digits, ...lower(options) }).generate(text),
  verify: (secret, token, window = 0) => totp.clone({ window }).verify({ secret, token }),
  window: 0,
});

// `lacks`: options that it doesn't have; `window`: what it accepts by default; `unit`: what one step is in its own setting.
const LIBRARIES = {
  speakeasy: [
    speakeasyOf('base32'),
    { ...speakeasyOf('ascii'), read: 'characters' },
    { ...speakeasyOf('hex'), read: 'hex' },
  ],
  otplib: [
    otplib12Of(otplib12.authenticator),
    { ...otplib12Of(otplib12.totp), make: letters, read: 'otplib12Totp' },
    {
      make: (length) => otplib.generateSecret({ length }),
      code: (secret, options) => otplib.generateSync({ ...lower(options), secret, guardrails }),
      verify: (secret, token, epochTolerance) =>
        otplib.verifySync({ secret, token, epochTolerance, guardrails }).valid,
      ...{ window: 0, unit: 30 },
    },
  ],
  otpauth: {
    make: (size) => new otpauth.Secret({ size }).base32,
    code: (secret, options) => new otpauth.TOTP({ ...options, secret }).generate(),
    verify: (secret, token, window) => new otpauth.TOTP({ secret }).validate({ token, window }) !== null,
    window: 1,
  },
  '@oslojs/otp': {
    make: (bytes = 20) => encodeBase32UpperCaseNoPadding(randomBytes(bytes)),
    code: (text, { period = 30, digits = 6 } = {}) => oslo.generateTOTP(decode(text), period, digits),
    verify: (text, code, grace) =>
      grace
        ? oslo.verifyTOTPWithGracePeriod(decode(text), 30, 6, code, grace)
        : oslo.verifyTOTP(decode(text), 30, 6, code),
    ...{ lacks: ['algorithm'], window: 0, unit: 30 },
  },
  notp: {
    ...{ read: 'characters', make: letters },
    code: (text, { period } = {}) => notp.totp.gen(text, { time: period }),
    verify: (text, code, window) => notp.totp.verify(code, text, { window }) !== null,
    ...{ lacks: ['algorithm', 'digits'], window: 50 },
  },
  'node-2fa': {
    make: () => node2fa.generateSecret().secret,
    code: (text) => node2fa.generateToken(text).token,
    verify: (text, code, window) => node2fa.verifyToken(text, code, window) !== null,
    ...{ lacks: ['algorithm', 'digits', 'period'], window: 4 },
  },
  'better-auth': {
    read: 'betterAuth',
    make: async () => (await betterAuthRow()).secret,
    code: async (text, options) => (await betterAuthOtp(text, options)).totp(),
    verify: async (text, code) => (await betterAuthOtp(text)).verify(code),
    ...{ lacks: ['algorithm'], window: 1, unit: null },
  },
};

const SETTINGS = [{}, { digits: 8 }, { period: 60 }, { algorithm: 'SHA256' }, { algorithm: 'SHA512' }];

// No code is there twice, and notp drops leading zeros of none.
const fits = (values) =>
  new Set(values.map((value) => value % 1e6)).size === NEAR.length && Math.min(...values) >= 1e5;

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const section = (title) => readme.split(`\n## ${title}\n`)[1].split('\n## ')[0];
/** The cells of the first table of a section, row by row. */
const cells = (title) =>
  [...section(title).matchAll(/^\| (.+) \|$/gm)]
    .map(([, row]) => row.split(' | '))
    .filter(([cell]) => cell !== '---');

// The README's functions that read stored secrets; the comment above each names the libraries.
const [, readers] = /^```js\n(.*?)^```/ms.exec(section('Moving from other libraries'));
const declared = [...readers.matchAll(/^\/\/ (.*)\nconst (\w+) =/gm)];
const given = { ...betterAuthCrypto, BETTER_AUTH_SECRET, decodeBase32 };
const names = declared.map(([, , name]) => name);
const code = `${readers.replace(/^import .*\n/gm, '')}return { ${names} };`;
const READ = new Function(...Object.keys(given), code)(...Object.values(given));
const lengths = { SHA256: 32, SHA512: 64 };
const CASES = Object.entries(LIBRARIES).flatMap(([title, forms]) =>
  [forms].flat().map((library) => ({ title, library, name: `${title}, ${library.read ?? 'base32'}` })),
);

for (const { title, library, name } of CASES) {
  const { read: reader = 'base32' } = library;
  const read = READ[reader];
  const { make, code, verify, lacks = [], window, unit = 1 } = library;

  test(`${name}: secrets and codes`, async () => {
    const [, libraries] = declared.find(([, , each]) => each === reader);
    assert.ok(libraries.includes(title), `the README names ${title} for ${reader}`);
    for (const setting of SETTINGS.filter((one) => !lacks.some((option) => option in one))) {
      // Filled up under SHA256 and SHA512 by otplib 12's authenticator.
      const text = await make(setting.algorithm && reader === 'base32' ? 64 : 10);
      const options = { ...setting, minSecretBytes: 10 };
      const key = await read(text, lengths[setting.algorithm]);
      const match = verifyTotp(key, await code(text, setting), null, options);
      assert.equal(match?.drift, 0, JSON.stringify(setting));
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

    for (const [steps, setting] of [[window], ...(unit ? [[3, 3 * unit]] : [])]) {
      for (const drift of [-steps - 1, -steps, steps, steps + 1]) {
        setClock(drift);
        const typed = await code(text);
        setClock(0);
        assert.equal(await verify(text, typed, setting), Math.abs(drift) <= steps);
        const most = Math.min(steps, 10);
        assert.equal(ours(typed, null, most), Math.abs(drift) <= most);
      }
    }
    const typed = await code(text);
    assert.deepEqual([await verify(text, typed), ours(typed, null)], [true, true]);
    assert.deepEqual([await verify(text, typed), ours(typed, STEP)], [true, false]);
  });
}

test('otplib 12 fills up short secrets, as the README says', () => {
  const { make, code } = otplib12Of(otplib12.authenticator);
  for (const [algorithm, bytes] of Object.entries({ SHA256: 10, SHA512: 30 })) {
    const text = make(bytes);
    const key = Buffer.alloc(lengths[algorithm], READ.base32(text));
    assert.equal(verifyTotp(key, code(text, { algorithm }), null, { algorithm })?.drift, 0);
  }
});

test('the README has the `window` that each library has by default', () => {
  for (const [names, window] of cells('Moving from other libraries').slice(1))
    for (const name of names.split(', '))
      for (const library of [LIBRARIES[name]].flat()) assert.equal(window, String(library.window), name);
});

/** What each package has names for. */
const MODULES = {
  otpure: [otpure, otpure.createTwoFactor({ issuer: 'a', key: randomBytes(32), read() {}, store() {} })],
  otplib: [otplib, otplibUri],
  otpauth: [otpauth, otpauth.URI],
  speakeasy: [speakeasy],
  '@oslojs/otp': [oslo],
  'better-auth': [auth.api, betterAuthCrypto, await betterAuthRow(), auth.api.verifyTOTP.options.body.shape],
};
const FEATURES = {
  HOTP: /hotp/i,
  'Reads otpauth URIs': /^parse(\w*URI)?$/i,
  'Limits guesses': /attempt|failed/i,
  'Makes backup codes': /^generateBackup/,
  'Hashes backup codes': /^hashBackup/,
  'Encrypts secrets': /encrypt/i,
  'Trusts devices': /device/i,
};
const { packages } = JSON.parse(readFileSync(new URL('package-lock.json', import.meta.url), 'utf8'));
function installed(name, found = new Set()) {
  if (found.has(name)) return found;
  const { dependencies = {} } = packages[`node_modules/${name}`] ?? {};
  for (const each of Object.keys(dependencies)) installed(each, found.add(name));
  return found.add(name);
}

let lastUsed = null;
const OTPURE = {
  make: () => otpure.generateSecret(),
  code: (secret) => otpure.generateTotp(secret),
  verify(secret, typed) {
    const match = verifyTotp(secret, typed, lastUsed);
    lastUsed = match?.timeStep ?? lastUsed;
    return match !== null;
  },
};

test("the README's table that compares libraries", async () => {
  const [[, ...libraries], ...rows] = cells('Compared with other libraries');
  for (const [i, name] of libraries.entries()) {
    const { make, code, verify } = [LIBRARIES[name] ?? OTPURE].flat().at(-1);
    const text = await make();
    const typed = await code(text);
    const answer = async (input, yes = 'match', no = 'no match') => {
      try {
        return (await verify(text, input)) ? yes : no;
      } catch {
        return 'throws';
      }
    };
    const facts = {
      'A code with a space in it': await answer(`${typed.slice(0, 3)} ${typed.slice(3)}`),
      'A typing error, such as `1234é6`': await answer('1234é6'),
      'The same code again': (await answer(typed)) && (await answer(typed, 'accepted', 'refused')),
      'Packages installed': String(installed(name).size),
    };
    for (const [title, ...row] of rows) {
      const names = MODULES[name].flatMap((one) => Object.getOwnPropertyNames(one));
      const yesOrNo = names.some((one) => FEATURES[title]?.test(one)) ? 'yes' : '–';
      assert.equal(row[i].split(',')[0], facts[title] ?? yesOrNo, `${name}, ${title}`);
    }
  }
});
