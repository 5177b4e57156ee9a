// The library against Debian's oathtool, an independent implementation of both RFCs.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { decodeBase32, generateHotp, generateSecret, generateTotp, verifyHotp, verifyTotp } from 'otpure';
import { enrol, logIn } from './app.mjs';

const installed = spawnSync('oathtool', ['--version']).status === 0;
// In CI a missing oathtool is a failure: each test then ends with the error of starting it.
const skip =
  installed || process.env.CI === 'true'
    ? false
    : 'oathtool is not installed (Debian: apt-get install oathtool)';

// Fixed moments: no test depends on the real clock. The last one is past 2^32 seconds.
const MOMENTS = [59, 1_111_111_109, 1_234_567_890, 20_000_000_000];

const SETTINGS = ['SHA1', 'SHA256', 'SHA512'].flatMap((algorithm) =>
  [6, 7, 8].flatMap((digits) => [15, 30, 60, 90].map((period) => ({ algorithm, digits, period }))),
);

/** Runs oathtool with the key on its standard input; a code as the last argument is to be validated. */
function oathtool(key, args, ...code) {
  const env = { ...process.env, TZ: 'UTC', LC_ALL: 'C' };
  const result = spawnSync('oathtool', [...args, '-', ...code], { input: key, encoding: 'utf8', env });
  if (result.error) throw result.error;
  return { accepted: result.status === 0, codes: result.stdout.trim().split('\n') };
}

const totp = ({ algorithm, digits, period }, seconds) => [
  `--totp=${algorithm}`,
  `--digits=${digits}`,
  `--time-step-size=${period}s`,
  `--now=@${seconds}`,
];

const hex = (bytes) => Buffer.from(bytes).toString('hex');

/** What an authenticator app makes of a QR code, read with the platform's URL parser. */
function scan(uri) {
  const { protocol, host, searchParams } = new URL(uri);
  assert.equal(`${protocol}//${host}`, 'otpauth://totp');
  return {
    base32: searchParams.get('secret'),
    algorithm: searchParams.get('algorithm') ?? 'SHA1',
    digits: Number(searchParams.get('digits') ?? 6),
    period: Number(searchParams.get('period') ?? 30),
  };
}

/** A phone that scanned the QR code: the code it shows at a moment. */
function phone(scanned) {
  return (seconds) => oathtool(scanned.base32, [...totp(scanned, seconds), '--base32']).codes[0];
}

test('the defaults give SHA1, 6 digits, 30 s and one secret to scan or to type', () => {
  const { uri, typedByHand } = enrol('ann@example.com');
  assert.deepEqual(scan(uri), { base32: typedByHand, algorithm: 'SHA1', digits: 6, period: 30 });
});

for (const settings of SETTINGS) {
  const title = `${settings.algorithm}, ${settings.digits} digits, ${settings.period} s`;

  test(`a code of oathtool logs in, once: ${title}`, { skip }, () => {
    const show = phone(scan(enrol(title, settings).uri));
    for (const seconds of MOMENTS) {
      const code = show(seconds);
      assert.equal(code.length, settings.digits);
      assert.equal(logIn(title, code, seconds * 1000), true, `refused at ${seconds} s`);
      assert.equal(logIn(title, code, seconds * 1000), false, `taken twice at ${seconds} s`);
    }
  });

  test(`a code of otpure is valid to oathtool: ${title}`, { skip }, () => {
    const secret = generateSecret({ algorithm: settings.algorithm });
    for (const seconds of MOMENTS) {
      const code = generateTotp(secret, { ...settings, timestamp: seconds * 1000 });
      assert.equal(oathtool(hex(secret), totp(settings, seconds), code).accepted, true, `at ${seconds} s`);
    }
  });
}

// A random secret can have equal codes close together; with this one, those below all differ.
const KEY = new TextEncoder().encode('12345678901234567890');
const DEFAULTS = { algorithm: 'SHA1', digits: 6, period: 30 };
const NOW = 1_111_111_109;

test('codes from two steps before or after the moment are refused', { skip }, () => {
  for (const seconds of [NOW - 60, NOW + 60]) {
    const [code] = oathtool(hex(KEY), totp(DEFAULTS, seconds)).codes;
    assert.equal(verifyTotp(KEY, code, { timestamp: NOW * 1000 }), null);
  }
});

test('a code of the step before or after the moment matches, with its drift', { skip }, () => {
  for (const drift of [-1, 0, 1]) {
    const [code] = oathtool(hex(KEY), totp(DEFAULTS, NOW + 30 * drift)).codes;
    const timeStep = Math.floor(NOW / 30) + drift;
    assert.deepEqual(verifyTotp(KEY, code, { timestamp: NOW * 1000 }), { timeStep, drift });
  }
});

test('a code with one digit changed is refused by both sides', { skip }, () => {
  const [code] = oathtool(hex(KEY), totp(DEFAULTS, NOW)).codes;
  for (let i = 0; i < code.length; i++) {
    const wrong = code.slice(0, i) + ((Number(code[i]) + 1) % 10) + code.slice(i + 1);
    assert.equal(verifyTotp(KEY, wrong, { timestamp: NOW * 1000 }), null);
    assert.equal(oathtool(hex(KEY), totp(DEFAULTS, NOW), wrong).accepted, false);
  }
});

test("a code of another person's secret is refused", { skip }, () => {
  const other = new TextEncoder().encode('09876543210987654321');
  const [code] = oathtool(hex(other), totp(DEFAULTS, NOW)).codes;
  assert.equal(verifyTotp(KEY, code, { timestamp: NOW * 1000 }), null);
});

test('a start time other than 1970 gives the same codes', { skip }, () => {
  const [code] = oathtool(hex(KEY), [...totp(DEFAULTS, 2000), '--start-time=1970-01-01 00:16:40']).codes;
  assert.equal(generateTotp(KEY, { timestamp: 2_000_000, t0: 1000 }), code);
});

test('Base32 in groups and lower case is the same secret to both', { skip }, () => {
  const text = 'gezd gnbv gy3t qojq gezd gnbv gy3t qojq';
  assert.deepEqual(decodeBase32(text), KEY);
  assert.equal(generateHotp(KEY, 0), oathtool(text, ['--hotp', '--base32']).codes[0]);
});

const COUNTERS = [
  0n,
  1n,
  10_281n,
  2n ** 31n,
  2n ** 32n - 1n,
  2n ** 32n,
  2n ** 53n - 1n,
  2n ** 53n + 1n,
  2n ** 63n,
];

for (const first of COUNTERS) {
  test(`HOTP codes agree from counter ${first} on`, { skip }, () => {
    for (const digits of [6, 7, 8]) {
      const range = [`--counter=${first}`, `--digits=${digits}`];
      const { codes } = oathtool(hex(KEY), [...range, '--window=10']);
      assert.equal(codes.length, 11);
      for (const [i, code] of codes.entries()) {
        const counter = first + BigInt(i);
        assert.deepEqual(verifyHotp(KEY, code, first, { digits }), { counter, nextCounter: counter + 1n });
        assert.equal(verifyHotp(KEY, code, counter + 1n, { digits, lookAhead: 0 }), null, 'an old code');
      }
      assert.equal(oathtool(hex(KEY), range, generateHotp(KEY, first, { digits })).accepted, true);
    }
  });
}

test('counters as numbers and as bigints are the same counters', { skip }, () => {
  for (const counter of COUNTERS.filter((value) => value < 2n ** 53n)) {
    const [code] = oathtool(hex(KEY), [`--counter=${counter}`]).codes;
    assert.equal(verifyHotp(KEY, code, Number(counter))?.counter, Number(counter));
  }
});
