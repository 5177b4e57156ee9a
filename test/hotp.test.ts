// HOTP (RFC 4226): codes of counters, and resynchronisation.
import { describe, expect, test } from 'vitest';
import { parseCode } from '../src/hotp.js';
import { generateHotp, generateHotpValue, resyncHotp, verifyHotp } from '../src/index.js';
import { referenceHotp } from './reference/reference.mjs';
import { ascii, expectOtpError, loadVectors, NOT_CODES, untyped } from './tools/vectors.js';

const { secret: key, vectors } = loadVectors<{
  secret: string;
  vectors: { counter: number; value: number; code: string }[];
}>('rfc4226.json');
const secret = ascii(key);
const codeAt = (counter: number | bigint) => referenceHotp(secret, counter);

describe('generateHotp', () => {
  test.each(vectors)('RFC 4226 Appendix D: counter $counter is $code', ({ counter, value, code }) => {
    expect(generateHotp(secret, counter)).toBe(code);
    expect(generateHotp(secret, BigInt(counter))).toBe(code);
    expect(generateHotpValue(secret, counter)).toBe(value);
  });

  test('keeps leading zeros', () => {
    expect(generateHotp(secret, 10281)).toBe('092555');
    // The 31-bit value of counter 7, 82162583, is shorter than ten digits.
    expect(generateHotp(secret, 7, { digits: 10 })).toBe('0082162583');
  });

  test.each([2n ** 31n - 1n, 2n ** 31n, 2n ** 32n - 1n, 2n ** 32n, 2n ** 53n - 1n])(
    'counts beyond 32 bits: %s as number and bigint',
    (counter) => {
      expect(generateHotp(secret, Number(counter))).toBe(codeAt(counter));
      expect(generateHotp(secret, counter)).toBe(codeAt(counter));
    },
  );
});

test('a bigint out of range is shown like a number', () => {
  const call = () => generateHotp(secret, 2n ** 64n);
  expectOtpError(call, 'INVALID_ARGUMENT', /^counter must .*, got 18446744073709551616$/);
});

describe('options of all functions that compute a code', () => {
  const calls: [string, (secret: Uint8Array, options: object) => unknown][] = [
    ['generateHotp', (bytes, options) => generateHotp(bytes, 1, options)],
    ['generateHotpValue', (bytes, options) => generateHotpValue(bytes, 1, options)],
    ['verifyHotp', (bytes, options) => verifyHotp(bytes, '', 1, options)],
    ['resyncHotp', (bytes, options) => resyncHotp(bytes, ['', ''], 1, options)],
  ];
  describe.each(calls)('%s', (_, call) => {
    test('takes options that are undefined for absent ones', () => {
      const options = {
        algorithm: undefined,
        digits: undefined,
        minSecretBytes: undefined,
        lookAhead: undefined,
      };
      expect(call(secret, options)).toEqual(call(secret, {}));
    });

    test('takes secrets of up to 1,024 bytes', () => {
      expect(() => call(new Uint8Array(1024), {})).not.toThrow();
      expectOtpError(() => call(new Uint8Array(1025), {}), 'INVALID_ARGUMENT', /secret.* 1024.*, got 1025/);
    });

    test('refuses a secret below 16 bytes, or below minSecretBytes', () => {
      const short = secret.subarray(0, 15);
      const message = 'secret must be at least 16 bytes (minSecretBytes), got 15';
      expectOtpError(() => call(short, {}), 'SECRET_TOO_SHORT', message);
      expectOtpError(() => call(secret, { minSecretBytes: 21 }), 'SECRET_TOO_SHORT', 'at least 21 bytes');
      expectOtpError(() => call(new Uint8Array(0), { minSecretBytes: 1 }), 'SECRET_TOO_SHORT', 'got 0');
      expect(() => call(secret.subarray(0, 16), {})).not.toThrow();
      expect(() => call(short, { minSecretBytes: 15 })).not.toThrow();
      expect(() => call(new Uint8Array(64), { minSecretBytes: 64 })).not.toThrow();
    });
  });

  test('takes a Buffer, a view, and bytes of another realm', async () => {
    const { runInNewContext } = await import('node:vm');
    const foreign = runInNewContext('Uint8Array.from(bytes)', { bytes: [...secret] });
    const view = new Uint8Array(ascii(`--${key}--`).buffer, 2, 20);
    for (const bytes of [Buffer.from(secret), view, foreign]) expect(generateHotp(bytes, 0)).toBe('755224');
  });

  test('ignores unknown keys, and leaves the options as they were', () => {
    const options = Object.freeze({ digits: 8, colour: 'red' });
    expect(generateHotp(secret, 0, options)).toBe('84755224');
  });
});

describe('verifyHotp', () => {
  test('returns the counter that matched and the one to store', () => {
    expect(verifyHotp(secret, '755224', 0)).toStrictEqual({ counter: 0, nextCounter: 1 });
    expect(verifyHotp(secret, '287082', 0)).toStrictEqual({ counter: 1, nextCounter: 2 });
    expect(verifyHotp(secret, '287082', 0n)).toStrictEqual({ counter: 1n, nextCounter: 2n });
  });

  test('looks ahead 10 counters unless told otherwise, 0 to 100', () => {
    expect(verifyHotp(secret, codeAt(10), 0)).toStrictEqual({ counter: 10, nextCounter: 11 });
    expect(verifyHotp(secret, codeAt(11), 0)).toBeNull();
    expect(verifyHotp(secret, codeAt(0), 0, { lookAhead: 0 })).toStrictEqual({ counter: 0, nextCounter: 1 });
    expect(verifyHotp(secret, codeAt(1), 0, { lookAhead: 0 })).toBeNull();
    expect(verifyHotp(secret, codeAt(100), 0, { lookAhead: 100 })).toStrictEqual({
      counter: 100,
      nextCounter: 101,
    });
    expect(verifyHotp(secret, codeAt(101), 0, { lookAhead: 100 })).toBeNull();
  });

  test('never looks back', () => {
    expect(verifyHotp(secret, '287082', 2, { lookAhead: 100 })).toBeNull();
  });

  // Searched with the reference: counters 910737 and 910738 have the same code, 58261606 and 58261608 too.
  test('refuses a code equal to the last accepted one, though a later counter has it too', () => {
    expect(codeAt(910737)).toBe(codeAt(910738));
    expect(verifyHotp(secret, '911617', 910738)).toBeNull();
    expect(verifyHotp(secret, '905913', 58261607)).toBeNull();
    expect(verifyHotp(secret, '905913', 58261607n)).toBeNull();
    expect(verifyHotp(secret, '905913', 58261608)).toStrictEqual({
      counter: 58261608,
      nextCounter: 58261609,
    });
  });

  test('the lowest of two matches wins', () => {
    expect(verifyHotp(secret, '911617', 910730)).toStrictEqual({ counter: 910737, nextCounter: 910738 });
  });

  test('counter 0 has no code before it', () => {
    const before = referenceHotp(secret, 2n ** 64n - 1n);
    expect(verifyHotp(secret, before, 0n)).toBeNull();
    expect(verifyHotp(secret, '755224', 0n)).toStrictEqual({ counter: 0n, nextCounter: 1n });
  });

  test('the window ends at the last counter of its type', () => {
    const end = 2n ** 64n - 1n;
    expect(verifyHotp(secret, codeAt(end), end)).toStrictEqual({ counter: end, nextCounter: 2n ** 64n });
    expect(verifyHotp(secret, codeAt(end), end - 5n)).toStrictEqual({ counter: end, nextCounter: 2n ** 64n });
    // Counter 0 does not follow.
    expect(verifyHotp(secret, codeAt(0), end)).toBeNull();
    const safe = Number.MAX_SAFE_INTEGER;
    expect(verifyHotp(secret, codeAt(safe), safe - 5)).toStrictEqual({ counter: safe, nextCounter: 2 ** 53 });
    expect(verifyHotp(secret, codeAt(2n ** 53n), safe)).toBeNull();
  });

  test.each(['287 082', '287-082', ' 2-8 7082 ', '2 8 7 0 8 2', '------287082', `${' '.repeat(58)}287082`])(
    'takes spaces and hyphens: "%s"',
    (typed) => {
      expect(verifyHotp(secret, typed, 0)).toStrictEqual({ counter: 1, nextCounter: 2 });
    },
  );

  test.each([
    ...NOT_CODES,
    '28708',
    '2870822',
    '0287082',
    '28708x',
    'x287082',
    '+287082',
    '2_8_7_0_8_2',
    '2.87082e5',
    '0x4616a',
    '287,082',
    '287.082',
    '287/082',
    '287:082',
    '287082\0',
    // Characters whose low byte, or low seven bits, are the right digit's.
    '28708\u0132',
    '28708\u00b2',
    '28708\u{1f532}',
    '\ud83d87082',
    '287082e\u0301',
    // What carries over to the same number, if taken for digits above 9 and below 0.
    '28707<',
    '28709(',
    `${' '.repeat(59)}287082`,
  ])('no match, no error: %o', (typed) => {
    expect(verifyHotp(secret, untyped(typed), 0)).toBeNull();
  });

  test('no match, no error: 600,000 digits', () => {
    expect(verifyHotp(secret, '287082'.repeat(100_000), 0)).toBeNull();
  });

  test('a code with a leading zero has no shorter spelling', () => {
    const only = { lookAhead: 0 };
    expect(verifyHotp(secret, '092555', 10281, only)).not.toBeNull();
    for (const typed of ['92555', ' 92555', '+92555', '92555x', '0092555', '92555 ', '92555.']) {
      expect(verifyHotp(secret, typed, 10281, only)).toBeNull();
    }
  });

  test('ten digits: a number 2^32 higher does not match, nor one above 31 bits', () => {
    const digits = 10;
    expect(verifyHotp(secret, '1284755224', 0, { digits })).not.toBeNull();
    expect(verifyHotp(secret, String(1284755224 + 2 ** 32), 0, { digits })).toBeNull();
    expect(verifyHotp(secret, String(1284755224 + 2 ** 31), 0, { digits })).toBeNull();
    expect(verifyHotp(secret, '4294967295', 0, { digits })).toBeNull();
    // No code is negative.
    expect(parseCode('2147483648', digits)).toBeLessThan(0);
  });

  test('a code is checked with its own number of digits', () => {
    expect(verifyHotp(secret, '284755224', 0, { digits: 9 })).not.toBeNull();
    expect(verifyHotp(secret, '84755224', 0, { digits: 8 })).not.toBeNull();
    expect(verifyHotp(secret, '755224', 0, { digits: 8 })).toBeNull();
    expect(verifyHotp(secret, '84755224', 0)).toBeNull();
  });
});

describe('resyncHotp', () => {
  test('finds two or three codes in a row; stores the counter after the last', () => {
    expect(resyncHotp(secret, ['254676', '287922'], 0)).toStrictEqual({ counter: 6, nextCounter: 7 });
    expect(resyncHotp(secret, ['254676', '287922', '162583'], 0)).toStrictEqual({
      counter: 7,
      nextCounter: 8,
    });
    expect(resyncHotp(secret, ['254 676', '287-922'], 5n)).toStrictEqual({ counter: 6n, nextCounter: 7n });
  });

  test.each([
    ['in the wrong order', ['287922', '254676']],
    ['one left out', ['254676', '162583']],
    ['the first wrong', ['254677', '287922']],
    ['the second wrong', ['254676', '287923']],
    ['the third wrong', ['254676', '287922', '162584']],
    ['the same twice', ['254676', '254676']],
    ['one malformed', ['254676', '287922x']],
  ])('all of them have to match in a row: %s', (_, codes) => {
    expect(resyncHotp(secret, codes, 0)).toBeNull();
  });

  test('never looks back', () => {
    expect(resyncHotp(secret, ['254676', '287922'], 6)).toBeNull();
  });

  test('the first code may be 100 counters ahead unless told otherwise, 0 to 1000', () => {
    const pair = (counter: number) => [codeAt(counter), codeAt(counter + 1)];
    expect(resyncHotp(secret, pair(100), 0)).toStrictEqual({ counter: 101, nextCounter: 102 });
    expect(resyncHotp(secret, pair(101), 0)).toBeNull();
    expect(resyncHotp(secret, pair(0), 0, { lookAhead: 0 })).toStrictEqual({ counter: 1, nextCounter: 2 });
    expect(resyncHotp(secret, pair(1), 0, { lookAhead: 0 })).toBeNull();
    expect(resyncHotp(secret, pair(1000), 0, { lookAhead: 1000 })).toStrictEqual({
      counter: 1001,
      nextCounter: 1002,
    });
    expect(resyncHotp(secret, pair(1001), 0, { lookAhead: 1000 })).toBeNull();
  });

  test('ends at the last counter', () => {
    const end = 2n ** 64n - 1n;
    const last = { counter: end, nextCounter: 2n ** 64n };
    expect(resyncHotp(secret, [codeAt(end - 1n), codeAt(end)], end - 1n)).toStrictEqual(last);
    expect(resyncHotp(secret, [codeAt(end), codeAt(0)], end)).toBeNull();
  });

  test('what lies past the last counter is no code', () => {
    expect(resyncHotp(secret, ['000000', '000000'], 0)).toBeNull();
  });

  test.each([
    [[]],
    [['254676']],
    [['254676', '287922', '162583', '399871']],
    ['254676'],
    [{ 0: '254676', 1: '287922', length: 2 }],
    [null],
    [undefined],
  ])('no match, no error for what is not 2 or 3 codes: %o', (codes) => {
    expect(resyncHotp(secret, untyped(codes), 0)).toBeNull();
  });

  test('the arguments of the developer are checked, whatever was typed', () => {
    expectOtpError(() => resyncHotp(secret, [], -1), 'INVALID_ARGUMENT', 'counter must be');
    expectOtpError(
      () => resyncHotp(secret, [], 0, { lookAhead: 1001 }),
      'INVALID_ARGUMENT',
      'lookAhead must be',
    );
    expectOtpError(() => resyncHotp(new Uint8Array(15), [], 0), 'SECRET_TOO_SHORT', 'secret must be');
  });

  test.each(NOT_CODES)('no match, no error for a code %o', (code) => {
    expect(resyncHotp(secret, ['254676', untyped(code)], 0)).toBeNull();
    expect(resyncHotp(secret, [untyped(code), '287922'], 0)).toBeNull();
  });

  test('a hole in the array is no code', () => {
    // Searched with the reference: counter 349495 has the code 000000.
    const codes = new Array<string>(2);
    codes[1] = codeAt(349496);
    expect(resyncHotp(secret, codes, 349495)).toBeNull();
  });
});
