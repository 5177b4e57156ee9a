// otpauth URIs (Key URI Format), built and parsed.
import { describe, expect, test, vi } from 'vitest';
import {
  buildOtpauthUri,
  generateHotp,
  generateTotp,
  type OtpauthBuildParams,
  parseOtpauthUri,
  verifyTotp,
} from '../src/index.js';
import { ascii, copiesMadeBy, expectOtpError, fromHex, loadVectors, untyped } from './tools/vectors.js';

const vectors = loadVectors<{
  good: { name: string; uri: string; params: { secret: string } }[];
  bad: { uri: string; why: string }[];
  lenient: { name: string; uri: string; params: { secret: string } }[];
}>('otpauth-uris.json');

const secret = ascii('12345678901234567890');
const BASE32 = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
const totp = { type: 'totp', secret, account: 'ann' } as const;
const hotp = { type: 'hotp', secret, account: 'ann', counter: 0 } as const;

describe('buildOtpauthUri', () => {
  test.each<[string, OtpauthBuildParams, string]>([
    ['the least', totp, `otpauth://totp/ann?secret=${BASE32}`],
    ['an issuer', { ...totp, issuer: 'Acme' }, `otpauth://totp/Acme:ann?secret=${BASE32}&issuer=Acme`],
    ['an empty issuer is none', { ...totp, issuer: '' }, `otpauth://totp/ann?secret=${BASE32}`],
    [
      'defaults are left out',
      { ...totp, algorithm: 'SHA1', digits: 6, period: 30 },
      `otpauth://totp/ann?secret=${BASE32}`,
    ],
    [
      'everything else is not',
      { ...totp, algorithm: 'SHA512', digits: 8, period: 60 },
      `otpauth://totp/ann?secret=${BASE32}&algorithm=SHA512&digits=8&period=60`,
    ],
    ['hotp always has its counter', hotp, `otpauth://hotp/ann?secret=${BASE32}&counter=0`],
    [
      'a bigint counter',
      { ...hotp, algorithm: 'SHA256', counter: 2n ** 64n - 1n },
      `otpauth://hotp/ann?secret=${BASE32}&algorithm=SHA256&counter=18446744073709551615`,
    ],
    [
      'a space is %20, a plus %2B',
      { ...totp, account: 'a+b@x.org', issuer: 'Big Corporation' },
      `otpauth://totp/Big%20Corporation:a%2Bb%40x.org?secret=${BASE32}&issuer=Big%20Corporation`,
    ],
    ['a space before the account', { ...totp, account: ' ann' }, `otpauth://totp/%20ann?secret=${BASE32}`],
    [
      'reserved characters',
      { ...totp, account: 'a/b?c#d&e=f%' },
      `otpauth://totp/a%2Fb%3Fc%23d%26e%3Df%25?secret=${BASE32}`,
    ],
    [
      'non-ASCII in UTF-8',
      { ...totp, account: 'Jörg', issuer: '\u{1f511}' },
      `otpauth://totp/%F0%9F%94%91:J%C3%B6rg?secret=${BASE32}&issuer=%F0%9F%94%91`,
    ],
    [
      'extra parameters',
      { ...totp, extra: { image: 'https://a.example/l.png', tags: ['a', 'b c'] } },
      `otpauth://totp/ann?secret=${BASE32}&image=https%3A%2F%2Fa.example%2Fl.png&tags=a&tags=b%20c`,
    ],
    [
      'another prefix of the label',
      { ...totp, issuer: 'example.com', labelIssuer: 'Acme' },
      `otpauth://totp/Acme:ann?secret=${BASE32}&issuer=example.com`,
    ],
    [
      'a prefix of the label without an issuer',
      { ...totp, labelIssuer: 'Acme' },
      `otpauth://totp/Acme:ann?secret=${BASE32}`,
    ],
    [
      'an empty prefix is none',
      { ...totp, issuer: 'Acme', labelIssuer: '' },
      `otpauth://totp/Acme:ann?secret=${BASE32}&issuer=Acme`,
    ],
    [
      'a colon in an account after an issuer',
      { ...totp, account: 'a:b', issuer: 'Acme' },
      `otpauth://totp/Acme:a%3Ab?secret=${BASE32}&issuer=Acme`,
    ],
    [
      'a colon in an account after a prefix',
      { ...totp, account: 'a:b', labelIssuer: 'Acme' },
      `otpauth://totp/Acme:a%3Ab?secret=${BASE32}`,
    ],
    [
      'colons as they were parsed',
      { ...totp, account: 'a:b', issuer: 'c:d', labelIssuer: 'e:f', extra: {} },
      `otpauth://totp/e%3Af:a%3Ab?secret=${BASE32}&issuer=c%3Ad`,
    ],
    [
      'a colon in an account as it was parsed, without an issuer',
      { ...totp, account: 'a:b', extra: {} },
      `otpauth://totp/:a%3Ab?secret=${BASE32}`,
    ],
    [
      'a secret that does not fill its last character',
      { ...totp, secret: ascii('f') },
      'otpauth://totp/ann?secret=MY',
    ],
  ])('%s', (_, params, uri) => {
    expect(buildOtpauthUri(params)).toBe(uri);
  });

  test.each<[string, object, RegExp | string]>([
    ['type', { type: 'steam' }, /^type must be .*'totp'.*'hotp'.*, got string/],
    ['type', { type: undefined }, /^type must be .*'totp'.*'hotp'.*, got undefined/],
    ['secret', { secret: BASE32 }, 'secret must be a Uint8Array, got string'],
    ['secret', { secret: undefined }, 'secret must be a Uint8Array, got undefined'],
    ['secret', { secret: new Uint8Array(0) }, /^secret.* 1.*, got 0/],
    ['secret', { secret: new Uint8Array(1025) }, /^secret.* 1024.*, got 1025/],
    ['account', { account: '' }, 'account must be a string of more than spaces, got string'],
    ['account', { account: '   ' }, 'account must be a string of more than spaces, got string'],
    ['account', { account: undefined }, 'account must be a string, got undefined'],
    ['account', { account: 'a:b' }, "account must be a string without ':' (replace it), got string"],
    [
      'account',
      { account: 'a\ud83d' },
      'account must be well-formed Unicode, without lone surrogates, got string',
    ],
    ['issuer', { issuer: 'a:b' }, "issuer must be a string without ':' (replace it), got string"],
    [
      'account',
      { account: 'a:b', issuer: '' },
      "account must be a string without ':' (replace it), got string",
    ],
    [
      'labelIssuer',
      { labelIssuer: 'a:b' },
      "labelIssuer must be a string without ':' (replace it), got string",
    ],
    ['labelIssuer', { labelIssuer: '\udd11a' }, 'labelIssuer must be well-formed Unicode'],
    ['labelIssuer', { labelIssuer: null }, 'labelIssuer must be a string, got null'],
    ['issuer', { issuer: '\udd11a' }, 'issuer must be well-formed Unicode'],
    ['issuer', { issuer: null }, 'issuer must be a string, got null'],
    ['issuer', { issuer: 5 }, 'issuer must be a string, got number'],
    [
      'algorithm',
      { algorithm: 'sha1' },
      /^algorithm must be one of 'SHA1', 'SHA256', 'SHA512'.*, got string/,
    ],
    ['digits', { digits: 5 }, 'digits must be an integer from 6 to 10, got 5'],
    ['period', { period: 0 }, 'period must be an integer from 1 to 86400, got 0'],
    ['period', { period: '30' }, 'period must be an integer from 1 to 86400, got string'],
    ['counter', { type: 'hotp' }, 'counter must be an integer from 0'],
    ['counter', { type: 'hotp', counter: -1 }, 'counter must be an integer from 0'],
    ['counter', { type: 'hotp', counter: 2n ** 64n }, /^counter must .*, got 18446744073709551616$/],
    ['extra', { extra: null }, 'extra must be a plain object, got null'],
    ['extra', { extra: 'x' }, 'extra must be a plain object, got string'],
    ['extra', { extra: { x: 5 } }, 'every value in extra must be a string, got number'],
    ['extra', { extra: { x: ['a', null] } }, 'every value in extra must be a string, got null'],
    ['extra', { extra: { x: '\ud83d' } }, 'extra must be well-formed Unicode'],
    ['extra', { extra: { '\ud83d': 'x' } }, 'extra must be well-formed Unicode'],
    ['extra', { extra: { '': 'x' } }, 'the names in extra must not be empty or those of standard parameters'],
  ])('refuses %s: %o', (_, change, message) => {
    expectOtpError(() => buildOtpauthUri(untyped({ ...totp, ...change })), 'INVALID_ARGUMENT', message);
  });

  test.each(['secret', 'issuer', 'algorithm', 'digits', 'period', 'counter', 'Secret', 'DIGITS'])(
    'refuses an extra parameter named %s',
    (name) => {
      const message = 'the names in extra must not be empty or those of standard parameters';
      expectOtpError(() => buildOtpauthUri({ ...totp, extra: { [name]: 'x' } }), 'INVALID_ARGUMENT', message);
    },
  );

  test('parameters that are undefined are absent', () => {
    const params = {
      ...totp,
      issuer: undefined,
      labelIssuer: undefined,
      algorithm: undefined,
      digits: undefined,
      period: undefined,
    };
    expect(buildOtpauthUri({ ...params, extra: undefined })).toBe(`otpauth://totp/ann?secret=${BASE32}`);
  });

  test('looks at the length before the work', () => {
    const account = 'a'.repeat(50_000_000);
    const encode = vi.spyOn(globalThis, 'encodeURIComponent');
    for (const params of [
      { account },
      { issuer: account },
      { labelIssuer: account },
      { extra: { x: account } },
      { extra: { [account]: 'x' } },
    ]) {
      expectOtpError(() => buildOtpauthUri({ ...totp, ...params }), 'INVALID_ARGUMENT', / 8192 characters/);
    }
    for (const [text] of encode.mock.calls) expect(String(text).length).toBeLessThanOrEqual(8192);
  });

  test('8192 characters are the most, as for parsing', () => {
    const uri = buildOtpauthUri({
      ...totp,
      account: 'a'.repeat(8192 - `otpauth://totp/?secret=${BASE32}`.length),
    });
    expect(uri).toHaveLength(8192);
    expect(parseOtpauthUri(uri).account).toMatch(/^a+$/);
    expectOtpError(
      () => buildOtpauthUri({ ...totp, account: 'a'.repeat(8190) }),
      'INVALID_ARGUMENT',
      'the URI of these params must be at most 8192 characters, got 8',
    );
  });
});

describe('parseOtpauthUri', () => {
  test.each(vectors.good)('$name: $uri', ({ uri, params }) => {
    expect(parseOtpauthUri(uri)).toStrictEqual({ ...params, secret: fromHex(params.secret) });
  });

  test.each(vectors.bad)('refuses $why: $uri', ({ uri }) => {
    const error = expectOtpError(() => parseOtpauthUri(uri), 'INVALID_URI', /^uri is not an otpauth URI: /);
    expect(error.message).not.toContain(BASE32);
  });

  test.each(vectors.lenient)('lenient takes $name: $uri', ({ uri, params }) => {
    const expected = { ...params, secret: fromHex(params.secret) };
    expect(parseOtpauthUri(uri, { lenient: true })).toStrictEqual(expected);
    expectOtpError(() => parseOtpauthUri(uri), 'INVALID_URI', /^uri is not an otpauth URI: /);
  });

  test.each<[string, string]>([
    ['https://x', 'it does not begin with otpauth://'],
    ['otpauth://x/', 'its type is neither totp nor hotp'],
    ['otpauth://totp/?', 'its label has no account'],
    ['otpauth://totp/\ud83d?', 'it has lone surrogates'],
    ['otpauth://totp/a?', 'it has no secret'],
    ['otpauth://totp/a?secret=', 'its secret is empty'],
    // 205 times 5 bytes; 204.8 would be the most.
    [`otpauth://totp/a?secret=${'AAAAAAAA'.repeat(205)}`, 'its secret has more than 1024 bytes'],
    ['otpauth://totp/a?secret=1', 'its secret is not Base32'],
    [`otpauth://totp/a?secret=${BASE32}&Secret=x`, 'it has more than one secret'],
    [`otpauth://totp/a?secret=${BASE32}#`, 'it has a fragment'],
    [`otpauth://totp/a?secret=${BASE32}&x=%`, 'its percent-encoding is malformed'],
    [
      `otpauth://totp/a?secret=${BASE32}&digits=x`,
      'the value of digits is not a plain decimal integer, or out of range',
    ],
    [
      `otpauth://totp/a?secret=${BASE32}&digits=5`,
      'the value of digits is not a plain decimal integer, or out of range',
    ],
    [`otpauth://totp/a?secret=${BASE32}&period=0`, 'the value of period is'],
    [`otpauth://hotp/a?secret=${BASE32}&counter=x`, 'the value of counter is'],
    [`otpauth://totp/a?secret=${BASE32}&algorithm=MD5`, 'its algorithm is not one of SHA1, SHA256, SHA512'],
    [`otpauth://hotp/a?secret=${BASE32}`, 'a hotp URI needs a counter'],
  ])('says what is wrong with %s', (uri, reason) => {
    expectOtpError(() => parseOtpauthUri(uri), 'INVALID_URI', reason);
  });

  test('says what is wrong with more than 8192 characters', () => {
    const uri = `otpauth://totp/a?secret=${BASE32}`;
    const reason = 'it has more than 8192 characters';
    expect(parseOtpauthUri(uri.padEnd(8192, '&')).account).toBe('a');
    expectOtpError(() => parseOtpauthUri(uri.padEnd(8193, '&')), 'INVALID_URI', reason);
  });

  test('the error of a secret has that of Base32 as its cause', () => {
    const error = expectOtpError(
      () => parseOtpauthUri('otpauth://totp/a?secret=MZ'),
      'INVALID_URI',
      'secret',
    );
    expect(error.cause).toMatchObject({ name: 'OtpError', code: 'INVALID_BASE32' });
  });

  test.each([
    ['secret', `secret=${BASE32}1`],
    ['long secret', `secret=${BASE32.repeat(52)}`],
    ['digits', `secret=${BASE32}&digits=5`],
    ['algorithm', `secret=${BASE32}&algorithm=MD5`],
    ['period', `secret=${BASE32}&period=0`],
    ['issuer', `secret=${BASE32}&issuer=a&issuer=b`],
  ])('no copy of the secret stays behind a bad %s', (_, query) => {
    const uri = `otpauth://totp/ann?${query}`;
    expectOtpError(() => parseOtpauthUri(uri), 'INVALID_URI', 'uri');
    for (const bytes of copiesMadeBy(() => parseOtpauthUri(uri)))
      expect(new Set(bytes)).toEqual(new Set([0]));
  });

  test('a counter that is missing leaves no copy of the secret behind', () => {
    const uri = `otpauth://hotp/ann?secret=${BASE32}`;
    for (const bytes of copiesMadeBy(() => parseOtpauthUri(uri)))
      expect(new Set(bytes)).toEqual(new Set([0]));
  });

  test('other errors have no cause', () => {
    const uri = `otpauth://totp/a?secret=${BASE32}&digits=482913`;
    const error = expectOtpError(() => parseOtpauthUri(uri), 'INVALID_URI', 'digits');
    expect(error).not.toHaveProperty('cause');
    expect(error.message).not.toContain('482913');
  });

  test('counters above 2^53 - 1 are bigints', () => {
    const counterOf = (counter: string) => {
      const params = parseOtpauthUri(`otpauth://hotp/a?secret=${BASE32}&counter=${counter}`);
      return params.type === 'hotp' && params.counter;
    };
    expect(counterOf('9007199254740991')).toBe(9007199254740991);
    expect(counterOf('9007199254740992')).toBe(9007199254740992n);
    expect(counterOf('18446744073709551615')).toBe(2n ** 64n - 1n);
  });

  test('lenient is passed on to Base32', () => {
    const uri = 'otpauth://totp/a?secret=MZ';
    expect(parseOtpauthUri(uri, { lenient: true }).secret).toEqual(ascii('f'));
    expectOtpError(() => parseOtpauthUri(uri, { lenient: false }), 'INVALID_URI', 'secret');
  });

  test('a short secret is parsed, and refused where a code is computed', () => {
    const params = parseOtpauthUri('otpauth://totp/a?secret=GEZDGNBVGY3TQOJQ');
    expectOtpError(() => generateTotp(params.secret, params), 'SECRET_TOO_SHORT', 'got 10');
    expect(generateTotp(params.secret, { ...params, minSecretBytes: 10, timestamp: 0 })).toMatch(/^\d{6}$/);
  });

  test('the result is good as options', () => {
    const params = parseOtpauthUri(`otpauth://totp/a?secret=${BASE32}&digits=8&period=60&algorithm=SHA256`);
    const at = { timestamp: 1_111_111_109_000 };
    const code = generateTotp(secret, { algorithm: 'SHA256', digits: 8, period: 60, ...at });
    expect(generateTotp(params.secret, { ...params, ...at })).toBe(code);
    expect(verifyTotp(params.secret, code, null, { ...params, ...at })).toMatchObject({ drift: 0 });
    const counterBased = parseOtpauthUri(`otpauth://hotp/a?secret=${BASE32}&counter=0`);
    expect(
      counterBased.type === 'hotp' && generateHotp(counterBased.secret, counterBased.counter, counterBased),
    ).toBe('755224');
  });

  test('a parameter named __proto__ is a name like any other', () => {
    const { extra } = parseOtpauthUri(`otpauth://totp/a?secret=${BASE32}&__proto__=x&constructor=y`);
    expect(Object.entries(extra)).toEqual([
      ['__proto__', 'x'],
      ['constructor', 'y'],
    ]);
    expect(Object.getPrototypeOf(extra)).toBe(Object.prototype);
  });

  test('extra parameters are plain properties, to change and to remove', () => {
    const { extra } = parseOtpauthUri(`otpauth://totp/a?secret=${BASE32}&image=x`);
    expect(Object.getOwnPropertyDescriptors(extra)).toEqual(Object.getOwnPropertyDescriptors({ image: 'x' }));
  });
});

test.each(vectors.good)('what was parsed and built again is parsed to the same: $name', ({ uri }) => {
  const params = parseOtpauthUri(uri);
  expect(parseOtpauthUri(buildOtpauthUri(params))).toStrictEqual(params);
});

test.each([
  // Spaces are dropped after a colon only (Key URI Format).
  ['%20ann', ' ann'],
  ['Acme:%20ann', 'ann'],
  [':%20ann', 'ann'],
])('the account of the label %s is %j', (label, account) => {
  const uri = `otpauth://totp/${label}?secret=${BASE32}`;
  expect(parseOtpauthUri(uri).account).toBe(account);
});

test('an issuer with + for spaces is the prefix of the label, whatever parameters follow', () => {
  const uri = `otpauth://totp/Acme%20Co:ann?secret=${BASE32}&issuer=Acme+Co&digits=8&period=60`;
  const params = parseOtpauthUri(uri);
  expect(params).toMatchObject({ issuer: 'Acme Co', account: 'ann', digits: 8 });
  expect(params).not.toHaveProperty('labelIssuer');
});
