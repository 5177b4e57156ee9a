// TOTP (RFC 6238): time steps, codes, and one code for one login.
import { runInNewContext } from 'node:vm';
import { describe, expect, test, vi } from 'vitest';
import { generateTotp, getTimeStep, type OtpAlgorithm, verifyTotp } from '../src/index.js';
import { referenceHotp } from './reference/reference.mjs';
import { ascii, expectOtpError, loadVectors, NOT_CODES, NOT_INTEGERS, untyped } from './tools/vectors.js';

const secret = ascii('12345678901234567890');
const codeOf = (step: number) => referenceHotp(secret, step);
const at = (step: number) => ({ timestamp: step * 30_000 });

const rfc6238 = loadVectors<{
  digits: number;
  vectors: { algorithm: OtpAlgorithm; secret: string; time: number; code: string }[];
}>('rfc6238.json');

const collisions = loadVectors<{
  vectors: { secret: string; algorithm: OtpAlgorithm; first: number; second: number; code: string }[];
}>('collisions.json');

describe('RFC 6238 Appendix B', () => {
  test.each(rfc6238.vectors)('$algorithm at $time is $code', ({ algorithm, secret: key, time, code }) => {
    const options = { algorithm, digits: rfc6238.digits, timestamp: time * 1000 };
    expect(generateTotp(ascii(key), options)).toBe(code);
    const { timeStep } = getTimeStep(options);
    expect(verifyTotp(ascii(key), code, null, options)).toStrictEqual({ timeStep, drift: 0 });
  });
});

describe('getTimeStep', () => {
  test('a step holds its first moment, and not its end', () => {
    const step = { timeStep: 1, startsAt: 30_000, endsAt: 60_000 };
    expect(getTimeStep({ timestamp: 30_000 })).toStrictEqual(step);
    expect(getTimeStep({ timestamp: 59_999 })).toStrictEqual(step);
    expect(getTimeStep({ timestamp: 29_999 }).timeStep).toBe(0);
    expect(getTimeStep({ timestamp: 60_000 }).timeStep).toBe(2);
  });

  test('counts from t0, in periods', () => {
    expect(getTimeStep({ timestamp: 1_000_000, t0: 100, period: 60 })).toStrictEqual({
      timeStep: 15,
      startsAt: 1_000_000,
      endsAt: 1_060_000,
    });
    expect(getTimeStep({ timestamp: 1_000_000, t0: 1000 })).toStrictEqual({
      timeStep: 0,
      startsAt: 1_000_000,
      endsAt: 1_030_000,
    });
  });

  test('takes a Date, of another realm too, and floors fractions', () => {
    expect(getTimeStep({ timestamp: new Date(59_999) }).timeStep).toBe(1);
    expect(getTimeStep({ timestamp: runInNewContext('new Date(59_999)') }).timeStep).toBe(1);
    expect(getTimeStep({ timestamp: -0 }).timeStep).toBe(0);
    expect(getTimeStep({ timestamp: 59_999.999 }).timeStep).toBe(1);
    expect(getTimeStep({ timestamp: 0.5 }).timeStep).toBe(0);
  });

  test('the default is now', () => {
    vi.spyOn(Date, 'now').mockReturnValue(1_111_111_109_000);
    expect(getTimeStep().timeStep).toBe(37_037_036);
    expect(generateTotp(secret, { digits: 8 })).toBe('07081804');
    expect(verifyTotp(secret, '081804', null)).toStrictEqual({ timeStep: 37_037_036, drift: 0 });
  });

  test('reaches to the last moment of a Date', () => {
    expect(getTimeStep({ timestamp: 8.64e15, period: 1 }).timeStep).toBe(8.64e12);
    expect(generateTotp(secret, { timestamp: 8.64e15, period: 1 })).toBe(codeOf(8.64e12));
  });
});

describe('what a developer got wrong', () => {
  test.each<[unknown, string]>([
    [[], 'array'],
    [{}, 'object'],
    ['0', 'string'],
    [0n, 'bigint'],
    [null, 'null'],
    [new Date(-1), '-1'],
    [new Uint8Array(20), 'Uint8Array'],
  ])('of %o the error says: got %s', (timestamp, given) => {
    const call = () => getTimeStep(untyped({ timestamp }));
    expectOtpError(call, 'INVALID_ARGUMENT', new RegExp(`, got ${given}$`));
  });

  const calls: [string, (options: object) => unknown][] = [
    ['getTimeStep', (options) => getTimeStep(options)],
    ['generateTotp', (options) => generateTotp(secret, options)],
    ['verifyTotp', (options) => verifyTotp(secret, '', null, options)],
  ];
  describe.each(calls)('%s', (_, call) => {
    test('refuses a moment before t0', () => {
      const message = 't0 must be an integer from 0 to 59, got 60';
      expectOtpError(() => call({ t0: 60, timestamp: 59_999 }), 'INVALID_ARGUMENT', message);
    });
  });

  test.each([...NOT_INTEGERS, 11, undefined])('refuses the window.past and window.future %s', (side) => {
    const past = untyped({ window: { past: side, future: 0 } });
    const future = untyped({ window: { past: 0, future: side } });
    expectOtpError(
      () => verifyTotp(secret, '', null, past),
      'INVALID_ARGUMENT',
      'window.past must be an integer from 0 to 10',
    );
    expectOtpError(
      () => verifyTotp(secret, '', null, future),
      'INVALID_ARGUMENT',
      'window.future must be an integer from 0 to 10',
    );
  });

  test.each([
    [undefined, 'undefined'],
    [{ timestamp: 0 }, 'object'],
    ['56295193', 'string'],
    [1n, 'bigint'],
    [new Date(0), 'Date'],
    [Promise.resolve(null), 'Promise'],
    [[1], 'array'],
    [true, 'boolean'],
    [-1, '-1'],
    [0.5, '0.5'],
    [Number.NaN, 'NaN'],
    [2 ** 53, '9007199254740992'],
  ])('refuses the last used time step %o, and says what belongs there', (last, given) => {
    const message = new RegExp(`^lastUsedTimeStep must be .*null.*, got (${given})`);
    expectOtpError(() => verifyTotp(secret, '', untyped(last)), 'INVALID_ARGUMENT', message);
    expectOtpError(() => verifyTotp(secret, '', untyped(last), {}), 'INVALID_ARGUMENT', message);
  });

  test('refuses a call without the last used time step', () => {
    const call = () => untyped(verifyTotp)(secret, codeOf(0));
    expectOtpError(call, 'INVALID_ARGUMENT', /^lastUsedTimeStep must be /);
  });

  test('takes the first and the last step there can be', () => {
    for (const last of [0, Number.MAX_SAFE_INTEGER]) expect(verifyTotp(secret, '', last)).toBeNull();
  });

  test('checks secret and options of verifyTotp whatever was typed', () => {
    expectOtpError(
      () => verifyTotp(untyped('GEZDGNBVGY3TQOJQ'), untyped(null), null),
      'INVALID_ARGUMENT',
      'secret',
    );
    expectOtpError(() => verifyTotp(new Uint8Array(10), '', null), 'SECRET_TOO_SHORT', 'got 10');
    expectOtpError(() => verifyTotp(secret, '', null, { digits: 5 }), 'INVALID_ARGUMENT', 'digits');
  });
});

describe('the window of verifyTotp', () => {
  test('is one step to either side unless told otherwise', () => {
    const drifts = [-2, -1, 0, 1, 2].map((drift) => verifyTotp(secret, codeOf(1000 + drift), null, at(1000)));
    expect(drifts).toStrictEqual([
      null,
      { timeStep: 999, drift: -1 },
      { timeStep: 1000, drift: 0 },
      { timeStep: 1001, drift: 1 },
      null,
    ]);
  });

  test.each([
    [0, 0, 0],
    [10, 10, 10],
    [{ past: 2, future: 0 }, 2, 0],
    [{ past: 0, future: 10 }, 0, 10],
    [{ past: 10, future: 3 }, 10, 3],
  ])('%o reaches %i back and %i forward', (window, past, future) => {
    for (const drift of [0 - past, future]) {
      const match = verifyTotp(secret, codeOf(1000 + drift), null, { ...at(1000), window });
      expect(match).toStrictEqual({ timeStep: 1000 + drift, drift });
    }
    for (const drift of [-past - 1, future + 1]) {
      expect(verifyTotp(secret, codeOf(1000 + drift), null, { ...at(1000), window })).toBeNull();
    }
  });

  test('options that are undefined are absent', () => {
    const options = { ...at(1000), window: undefined, period: undefined, t0: undefined, digits: undefined };
    expect(verifyTotp(secret, codeOf(999), null, options)).toStrictEqual({ timeStep: 999, drift: -1 });
    expect(generateTotp(secret, options)).toBe(codeOf(1000));
    expect(getTimeStep(options).timeStep).toBe(1000);
  });

  test('ends at step 0', () => {
    expect(verifyTotp(secret, codeOf(0), null, { timestamp: 0, window: 10 })).toStrictEqual({
      timeStep: 0,
      drift: 0,
    });
    expect(verifyTotp(secret, codeOf(0), null, { ...at(1), window: 10 })).toStrictEqual({
      timeStep: 0,
      drift: -1,
    });
    const beforeZero = referenceHotp(secret, 2n ** 64n - 1n);
    expect(verifyTotp(secret, beforeZero, null, { timestamp: 0, window: 10 })).toBeNull();
  });
});

describe('one code, one login', () => {
  test('only later steps match', () => {
    const now = at(1000);
    expect(verifyTotp(secret, codeOf(1000), 1000, now)).toBeNull();
    expect(verifyTotp(secret, codeOf(999), 1000, now)).toBeNull();
    expect(verifyTotp(secret, codeOf(1001), 1000, now)).toStrictEqual({ timeStep: 1001, drift: 1 });
    expect(verifyTotp(secret, codeOf(1000), 999, now)).toStrictEqual({ timeStep: 1000, drift: 0 });
    expect(verifyTotp(secret, codeOf(1000), null, now)).toStrictEqual({ timeStep: 1000, drift: 0 });
  });

  test('step 0 is a step that was used', () => {
    expect(verifyTotp(secret, codeOf(0), 0, at(0))).toBeNull();
    expect(verifyTotp(secret, codeOf(1), 0, at(0))).toStrictEqual({ timeStep: 1, drift: 1 });
  });

  test('a clock that went backwards is no match, not an error', () => {
    expect(verifyTotp(secret, codeOf(900), 1000, at(900))).toBeNull();
    expect(verifyTotp(secret, codeOf(1000), 1000, at(900))).toBeNull();
    expect(verifyTotp(secret, codeOf(900), Number.MAX_SAFE_INTEGER, at(900))).toBeNull();
  });

  // Searched with the reference: the step and the next but one have the same code.
  test('a used code is refused with another login in between', () => {
    const used = 56295193;
    const code = codeOf(used);
    expect(codeOf(used + 2)).toBe(code);
    expect(verifyTotp(secret, code, null, at(used))).toStrictEqual({ timeStep: used, drift: 0 });
    expect(verifyTotp(secret, codeOf(used + 1), used, at(used + 1))).not.toBeNull();
    expect(verifyTotp(secret, code, used + 1, at(used + 1))).toBeNull();
    expect(verifyTotp(secret, code, used + 1, { ...at(used + 2), window: 2 })).toBeNull();
    expect(verifyTotp(secret, code, used - 1, { ...at(used + 2), window: 0 })).not.toBeNull();
  });

  test('the higher of two steps with one code is returned', () => {
    expect(codeOf(910737)).toBe(codeOf(910738));
    expect(verifyTotp(secret, '911617', null, at(910737))).toStrictEqual({ timeStep: 910738, drift: 1 });
  });

  describe.each(collisions.vectors)('$algorithm: steps $first and $second both have $code', (vector) => {
    const { algorithm, first, second, code } = vector;
    const key = ascii(vector.secret);
    const verify = (now: number, lastUsedTimeStep: number | null) =>
      verifyTotp(key, code, lastUsedTimeStep, { algorithm, timestamp: now * 30_000 });

    test('the code is accepted once, whenever it is sent again', () => {
      for (const step of [first, second]) expect(referenceHotp(key, step, { algorithm })).toBe(code);
      for (let firstTry = first - 1; firstTry <= first + 1; firstTry++) {
        const match = verify(firstTry, null);
        expect(match).not.toBeNull();
        for (let now = firstTry; now <= second + 2; now++)
          expect(verify(now, match?.timeStep ?? null)).toBeNull();
      }
    });

    test('the later step is good for one who did not use the earlier', () => {
      expect(verify(second, first - 1)).toStrictEqual({ timeStep: second, drift: 0 });
    });
  });
});

describe('what a person typed', () => {
  test.each(NOT_CODES)('no match, no error: %o', (typed) => {
    expect(verifyTotp(secret, untyped(typed), null, { timestamp: 59_000 })).toBeNull();
  });

  test('spaces and hyphens do not matter', () => {
    expect(verifyTotp(secret, ' 287-082 ', null, { timestamp: 59_000 })).toStrictEqual({
      timeStep: 1,
      drift: 0,
    });
  });
});
