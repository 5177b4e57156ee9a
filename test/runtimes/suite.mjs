// What the library promises, checked with nothing but the language and node:crypto, so that it runs anywhere.

class Wrong extends Error {}

const text = (value) =>
  JSON.stringify(value, (_, one) => {
    if (one instanceof Uint8Array) return `bytes ${hex(one)}`;
    return typeof one === 'bigint' ? `${one}n` : one === undefined ? 'undefined' : one;
  });

const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
const utf8 = (string) => new TextEncoder().encode(string);
const sorted = (object) => Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)));

function equal(actual, expected, what = '') {
  if (text(actual) !== text(expected))
    throw new Wrong(`${what} ${text(actual)} instead of ${text(expected)}`);
}

function holds(condition, what) {
  if (!condition) throw new Wrong(what);
}

/** The checks of each of the library's rooms, by name. */
function checks(otpure, vectors, crypto) {
  const { OtpError } = otpure;

  function throws(code, call) {
    try {
      call();
    } catch (error) {
      holds(error instanceof OtpError && error instanceof Error && error.code === code, `threw ${error}`);
      return error;
    }
    throw new Wrong(`did not throw ${code}`);
  }

  const key = utf8('12345678901234567890');
  const { rfc4226, rfc6238, base32, uris, collisions, hashes } = vectors;

  return {
    codes: {
      'RFC 4226, Appendix D': () => {
        for (const { counter, value, code } of rfc4226.vectors) {
          equal(otpure.generateHotp(utf8(rfc4226.secret), counter), code);
          equal(otpure.generateHotp(utf8(rfc4226.secret), BigInt(counter)), code);
          equal(otpure.generateHotpValue(utf8(rfc4226.secret), counter), value);
          equal(otpure.verifyHotp(utf8(rfc4226.secret), code, counter), {
            counter,
            nextCounter: counter + 1,
          });
        }
      },
      'RFC 6238, Appendix B': () => {
        for (const { algorithm, secret, time, code } of rfc6238.vectors) {
          const options = { algorithm, digits: rfc6238.digits, timestamp: time * 1000 };
          equal(otpure.generateTotp(utf8(secret), options), code);
          equal(otpure.verifyTotp(utf8(secret), code, options)?.drift, 0);
        }
      },
      'counters up to 2^64 - 1': () => {
        equal(otpure.generateHotp(key, 2 ** 31), '197202');
        equal(otpure.generateHotp(key, 2 ** 32), '999456');
        equal(otpure.generateHotp(key, 2n ** 53n + 1n), '354518');
        equal(otpure.generateHotp(key, 2n ** 64n - 1n), '094451');
        equal(otpure.verifyHotp(key, '094451', 2n ** 64n - 3n), {
          counter: 2n ** 64n - 1n,
          nextCounter: 2n ** 64n,
        });
      },
      'keys of 1 to 200 bytes, next to createHmac': () => {
        for (const algorithm of ['SHA1', 'SHA256', 'SHA512']) {
          for (let length = 1; length <= 200; length++) {
            const secret = Uint8Array.from({ length }, (_, i) => 7 * i + length);
            const message = new Uint8Array(8);
            new DataView(message.buffer).setUint32(4, length);
            const hmac = crypto.createHmac(algorithm.toLowerCase(), secret).update(message).digest();
            const offset = hmac[hmac.length - 1] & 15;
            const view = new DataView(hmac.buffer, hmac.byteOffset);
            const value = view.getUint32(offset) & 0x7fff_ffff;
            equal(otpure.generateHotpValue(secret, length, { algorithm, minSecretBytes: 1 }), value, length);
          }
        }
      },
      'bytes of every kind': () => {
        for (const length of [20, 100]) {
          const plain = Uint8Array.from({ length }, (_, i) => i + 1);
          const expected = otpure.generateHotp(plain, 1);
          const room = new Uint8Array(length + 9);
          room.set(plain, 4);
          const shared = new Uint8Array(new SharedArrayBuffer(length));
          shared.set(plain);
          const resizable = new Uint8Array(new ArrayBuffer(length, { maxByteLength: 2 * length }));
          resizable.set(plain);
          const all = { Buffer: Buffer.from(plain), part: room.subarray(4, 4 + length), shared, resizable };
          for (const [name, bytes] of Object.entries(all))
            equal(otpure.generateHotp(bytes, 1), expected, name);
        }
      },
      'one code, one login': () => {
        for (const { secret, algorithm, first, second, code } of collisions.vectors) {
          const options = { algorithm, window: 10, lastUsedTimeStep: first };
          const [lower, upper] = [first, second].map((step) => step * 30_000);
          equal(otpure.verifyTotp(utf8(secret), code, { ...options, timestamp: lower }), null);
          equal(otpure.verifyTotp(utf8(secret), code, { ...options, timestamp: upper }), null);
          equal(otpure.verifyTotp(utf8(secret), code, { algorithm, window: 0, timestamp: upper }), {
            timeStep: second,
            drift: 0,
          });
        }
      },
      'the window and its edges': () => {
        const at = { timestamp: 75_000 };
        equal(otpure.verifyTotp(key, '287 082', at), { timeStep: 1, drift: -1 });
        equal(otpure.verifyTotp(key, '287082', { ...at, window: 0 }), null);
        equal(otpure.verifyTotp(key, '287082', { ...at, lastUsedTimeStep: 1 }), null);
        equal(otpure.verifyTotp(key, '755224', { timestamp: 0, window: 10 }), { timeStep: 0, drift: 0 });
        equal(otpure.getTimeStep(at), { timeStep: 2, startsAt: 60_000, endsAt: 90_000 });
        const now = otpure.generateTotp(key);
        holds(otpure.verifyTotp(key, now) !== null, 'the code of this moment is refused');
      },
      'counters that ran ahead': () => {
        equal(otpure.verifyHotp(key, '520489', 0), { counter: 9, nextCounter: 10 });
        equal(otpure.verifyHotp(key, '520489', 0, { lookAhead: 8 }), null);
        equal(otpure.resyncHotp(key, ['254676', '287922'], 0), { counter: 6, nextCounter: 7 });
        equal(otpure.resyncHotp(key, ['287922', '254676'], 0), null);
      },
      'what people type is never an error': () => {
        const typed = [undefined, null, 287082, 287082n, Symbol('x'), {}, [], ['287082'], new Proxy({}, {})];
        typed.push(
          '',
          '28708',
          '2870822',
          '２８７０８２',
          '287082\0',
          '28708\ud800',
          '+287082',
          '1'.repeat(1e6),
        );
        for (const code of typed) {
          equal(otpure.verifyTotp(key, code, { timestamp: 59_000 }), null);
          equal(otpure.verifyHotp(key, code, 1), null);
          equal(otpure.resyncHotp(key, [code, '359152'], 1), null);
        }
      },
      'mistakes of the calling code': () => {
        throws('SECRET_TOO_SHORT', () => otpure.generateTotp(key.subarray(0, 10)));
        throws('INVALID_ARGUMENT', () => otpure.generateTotp('GEZDGNBVGY3TQOJQ'));
        throws('INVALID_ARGUMENT', () => otpure.generateTotp(key, { timestamp: Number.NaN }));
        throws('INVALID_ARGUMENT', () => otpure.generateTotp(key, { digits: '6' }));
        throws('INVALID_ARGUMENT', () => otpure.generateHotp(key, 2 ** 53));
        throws('INVALID_ARGUMENT', () => otpure.verifyTotp(key, '287082', Date.now()));
      },
    },
    'URIs, Base32': {
      'RFC 4648, section 10': () => {
        for (const { text, base32: encoded } of base32.vectors) {
          equal(otpure.encodeBase32(utf8(text), { padding: true }), encoded);
          equal(hex(otpure.decodeBase32(encoded)), hex(utf8(text)));
          equal(otpure.encodeBase32(utf8(text)), encoded.replaceAll('=', ''));
        }
      },
      'bad Base32': () => {
        for (const { base32: encoded } of base32.bad) {
          const error = throws('INVALID_BASE32', () => otpure.decodeBase32(encoded));
          holds(encoded.length < 6 || !error.message.includes(encoded), 'the message shows the text');
        }
      },
      'otpauth URIs': () => {
        for (const { uri, params } of uris.good) {
          const { secret, ...rest } = otpure.parseOtpauthUri(uri);
          equal(sorted({ ...rest, secret: hex(secret) }), sorted(params), uri);
        }
      },
      'otpauth URIs to be refused': () => {
        for (const { uri, why } of uris.bad) {
          const error = throws('INVALID_URI', () => otpure.parseOtpauthUri(uri));
          holds(uri.length < 6 || !error.message.includes(uri), `the message shows the URI: ${why}`);
        }
        const { cause } = throws('INVALID_URI', () => otpure.parseOtpauthUri('otpauth://totp/a?secret=0'));
        equal(cause.code, 'INVALID_BASE32');
      },
      'what is built is read back': () => {
        const params = {
          type: 'totp',
          account: 'Jörg 漢 🔑',
          issuer: 'A+B & Co',
          digits: 8,
          algorithm: 'SHA512',
        };
        const uri = otpure.buildOtpauthUri({
          ...params,
          secret: key,
          extra: { image: 'https://a.example/?b=c' },
        });
        const { secret, ...rest } = otpure.parseOtpauthUri(uri);
        equal(hex(secret), hex(key));
        equal(sorted(rest), sorted({ ...params, period: 30, extra: { image: 'https://a.example/?b=c' } }));
        throws('INVALID_ARGUMENT', () =>
          otpure.buildOtpauthUri({ ...params, secret: key, account: '\ud800' }),
        );
      },
    },
    'random secrets': {
      'secrets of every length': () => {
        equal(otpure.generateSecret().length, 20);
        equal(otpure.generateSecret({ algorithm: 'SHA512' }).length, 64);
        holds(
          Object.getPrototypeOf(otpure.generateSecret()) === Uint8Array.prototype,
          'is no plain Uint8Array',
        );
        const all = Array.from({ length: 100 }, () => hex(otpure.generateSecret({ bytes: 16 })));
        equal(new Set(all).size, 100);
      },
      'backup codes': () => {
        const codes = otpure.generateBackupCodes({ count: 100 });
        equal(new Set(codes).size, 100);
        for (const code of codes)
          holds(/^(?:[0-9a-hjkmnp-tv-z]{4}-){3}[0-9a-hjkmnp-tv-z]{4}$/.test(code), code);
        for (const code of otpure.generateBackupCodes({ alphabet: 'digits' }))
          holds(/^\d{5}-\d{5}$/.test(code), code);
      },
    },
    'backup codes': {
      'hashes that another scrypt computed': async () => {
        const pepper = utf8(hashes.pepper);
        for (const { code, hash, peppered } of hashes.vectors) {
          const options = peppered ? { pepper } : {};
          const match = await otpure.verifyBackupCode(code, [hash], options);
          equal(match, { hash, remaining: [] });
          equal(
            await otpure.verifyBackupCode(
              `${code.slice(0, -1)}${code.endsWith('z') ? 'y' : 'z'}`,
              [hash],
              options,
            ),
            null,
          );
        }
      },
      'from generation to the last one used': async () => {
        const codes = otpure.generateBackupCodes({ count: 2 });
        const stored = await otpure.hashBackupCodes(codes);
        const match = await otpure.verifyBackupCode(codes[1].toUpperCase().replaceAll('-', ' '), stored);
        equal(match, { hash: stored[1], remaining: [stored[0]] });
        equal(await otpure.verifyBackupCode(codes[1], match.remaining), null);
      },
      'cheap and odd costs': async () => {
        for (const cost of [
          { N: 2, r: 1, p: 1 },
          { N: 2 ** 15, r: 1, p: 1 },
          { N: 4, r: 32, p: 32 },
          { N: 2, r: 8, p: 3 },
        ]) {
          const [hash] = await otpure.hashBackupCodes(['abcdefgh'], { cost });
          equal((await otpure.verifyBackupCode('ABCD-EFGH', [hash]))?.hash, hash, text(cost));
        }
      },
      'what is refused': async () => {
        const rejects = async (code, call) => {
          const error = await call().then(
            () => new Wrong(`did not reject with ${code}`),
            (reason) => reason,
          );
          equal(error.code, code, String(error));
        };
        await rejects('INVALID_BACKUP_HASH', () => otpure.verifyBackupCode('abcdefgh', ['$2b$10$x']));
        await rejects('INVALID_BACKUP_HASH', () =>
          otpure.verifyBackupCode('abcdefgh', [hashes.vectors[0].hash.replace(/ln=\d+/, 'ln=31')]),
        );
        await rejects('INVALID_ARGUMENT', () => otpure.hashBackupCodes(['abcdefgh', 'ABCD EFGH']));
        for (const code of [undefined, null, {}, '', '🔑', 'x'.repeat(1e6)]) {
          equal(await otpure.verifyBackupCode(code, [hashes.vectors[0].hash]), null);
        }
      },
    },
    'attempts, tokens': {
      'waits and the lock': () => {
        let state = null;
        for (let i = 0; i < 5; i++) state = otpure.recordFailure(state, { timestamp: 1000 });
        equal(state, { failures: 5, lastFailureAt: 1000 });
        equal(otpure.checkAttempts(state, { timestamp: 1000 }), {
          allowed: false,
          retryAt: 31_000,
          locked: false,
        });
        equal(otpure.checkAttempts(state, { timestamp: 31_000 }).allowed, true);
        equal(otpure.checkAttempts({ failures: 100, lastFailureAt: 0 }).locked, true);
        throws('INVALID_ARGUMENT', () => otpure.checkAttempts(undefined));
      },
      'tokens of equal and unequal length': () => {
        equal(otpure.constantTimeEqual('tökén', 'tökén'), true);
        equal(otpure.constantTimeEqual('tökén', utf8('tökén')), true);
        equal(otpure.constantTimeEqual('token', 'tokens'), false);
        equal(otpure.constantTimeEqual('\ud800', '\ud801'), false);
        equal(otpure.constantTimeEqual(new Uint8Array(0), ''), true);
        throws('INVALID_ARGUMENT', () => otpure.constantTimeEqual(1, 1));
      },
    },
  };
}

/** Runs all: for each group, the number of checks passed and the failures. */
export async function runSuite(otpure, vectors, crypto) {
  const results = {};
  for (const [group, list] of Object.entries(checks(otpure, vectors, crypto))) {
    results[group] = { passed: 0, failures: [] };
    for (const [name, check] of Object.entries(list)) {
      try {
        await check();
        results[group].passed++;
      } catch (error) {
        results[group].failures.push(
          `${name}: ${error instanceof Wrong ? '' : `${error?.name}: `}${error?.message}`,
        );
      }
    }
  }
  return results;
}
