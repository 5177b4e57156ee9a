// What can differ between runtimes: hashes, ciphers, random bytes, text. Runs wherever node:assert is.
import assert from 'node:assert/strict';

const ascii = (text) => new TextEncoder().encode(text);
const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
const fromHex = (text) => Uint8Array.from(text.match(/../g), (byte) => Number.parseInt(byte, 16));
const cost = { N: 16, r: 1, p: 1 };

/** The checks by name. What they put into `made`, another program has to find right. */
const checks = (otpure, { rfc4226, rfc6238, uris, sealed, phone }, made) => ({
  'RFC 4226, Appendix D'() {
    const key = ascii(rfc4226.secret);
    for (const { counter, value, code } of rfc4226.vectors) {
      assert.equal(otpure.generateHotp(key, BigInt(counter)), code);
      assert.equal(otpure.generateHotpValue(key, counter), value);
      assert.deepEqual(otpure.verifyHotp(key, code, counter), { counter, nextCounter: counter + 1 });
    }
  },
  'RFC 6238, Appendix B'() {
    for (const { algorithm, secret, time, code } of rfc6238.vectors) {
      const options = { algorithm, digits: rfc6238.digits, timestamp: time * 1000 };
      assert.equal(otpure.generateTotp(ascii(secret), options), code);
      assert.equal(otpure.verifyTotp(ascii(secret), code, null, options)?.drift, 0);
    }
  },
  'codes that oathtool shows'() {
    for (const { secret, seconds, code, ...options } of phone.totp) {
      const at = { ...options, timestamp: seconds * 1000 };
      assert.equal(otpure.verifyTotp(fromHex(secret), code, null, at)?.drift, 0, JSON.stringify(at));
    }
    for (const { secret, counter, code } of phone.hotp) {
      assert.equal(
        otpure.verifyHotp(fromHex(secret), code, BigInt(counter), { lookAhead: 0 })?.counter,
        BigInt(counter),
      );
    }
  },
  'URIs, good and bad'() {
    for (const { uri, params } of uris.good) {
      const { secret, ...rest } = otpure.parseOtpauthUri(uri);
      const plain = JSON.parse(
        JSON.stringify(rest, (_, value) => (typeof value === 'bigint' ? `${value}` : value)),
      );
      assert.deepEqual({ ...plain, secret: hex(secret) }, params, uri);
    }
    for (const { uri } of uris.bad)
      assert.throws(() => otpure.parseOtpauthUri(uri), { code: 'INVALID_URI' }, uri);
    const params = {
      type: 'totp',
      secret: ascii('12345678901234567890'),
      account: 'jörg+1@x.org',
      issuer: 'Ä 🔑',
    };
    const { secret, account, issuer } = otpure.parseOtpauthUri(otpure.buildOtpauthUri(params));
    assert.deepEqual({ ...params, secret, account, issuer }, params);
  },
  'random secrets, scannable and right to oathtool'() {
    for (const algorithm of ['SHA1', 'SHA256', 'SHA512']) {
      const secrets = Array.from({ length: 100 }, () => otpure.generateSecret({ algorithm }));
      assert.equal(new Set(secrets.map(hex)).size, 100);
      for (const secret of secrets)
        assert.deepEqual(otpure.decodeBase32(otpure.encodeBase32(secret)), secret);
      for (const seconds of [59, 20_000_000_000]) {
        const options = { algorithm, digits: 8, period: 60 };
        const code = otpure.generateTotp(secrets[0], { ...options, timestamp: seconds * 1000 });
        made.push({ ...options, secret: hex(secrets[0]), seconds, code });
      }
    }
  },
  async 'backup codes, and hashes that another scrypt computed'() {
    const codes = otpure.generateBackupCodes({ count: 100 });
    assert.equal(new Set(codes).size, 100);
    for (const code of codes) assert.match(code, /^(?:[0-9a-hjkmnp-tv-z]{4}-){3}[0-9a-hjkmnp-tv-z]{4}$/);
    const { code, hash } = phone.backup;
    const hashes = [...(await otpure.hashBackupCodes(codes.slice(1), { cost })), hash];
    const match = await otpure.verifyBackupCode(code.toUpperCase(), hashes);
    assert.deepEqual(match, { used: [hash], remaining: hashes.slice(0, -1) });
    assert.equal(await otpure.verifyBackupCode(code, match.remaining), null);
  },
  'attempts: free, waiting, locked'() {
    let state = null;
    for (let i = 0; i < 5; i++) ({ state } = otpure.takeAttempt(state, { timestamp: 1000 }));
    assert.deepEqual(state, { failures: 5, lastFailureAt: 1000 });
    const waiting = { allowed: false, retryAt: 31_000, locked: false };
    assert.deepEqual(otpure.checkAttempts(state, { timestamp: 1000 }), waiting);
    assert.equal(otpure.takeAttempt({ failures: 100, lastFailureAt: 0 }).locked, true);
  },
  'secrets at rest, of others and its own'() {
    for (const { key, context, secret, text } of sealed.vectors) {
      assert.equal(hex(otpure.decryptSecret(text, fromHex(key), context)), secret);
      assert.throws(() => otpure.decryptSecret(text, fromHex(key), `${context}.`), {
        code: 'DECRYPTION_FAILED',
      });
    }
    const key = otpure.generateSecret({ bytes: 32 });
    const secret = otpure.generateSecret();
    const text = otpure.encryptSecret(secret, key, 'user 17');
    assert.deepEqual(otpure.decryptSecret(text, [key], 'user 17'), secret);
    assert.notEqual(otpure.encryptSecret(secret, key, 'user 17'), text);
  },
  'tokens in constant time'() {
    assert.equal(otpure.constantTimeEqual('tökén', ascii('tökén')), true);
    assert.equal(otpure.constantTimeEqual('\ud800', '\ud801'), false);
    assert.equal(otpure.constantTimeEqual('token', 'tokens'), false);
  },
  async 'a second factor set up with oathtool, and used'() {
    const { base32, seconds, codes } = phone.person;
    const secret = otpure.decodeBase32(base32);
    const at = (step) => ({ timestamp: (seconds + 30 * step) * 1000 });
    let [factor, version] = [null, 0];
    const change = (decide) =>
      otpure.updateSecondFactor({
        read: () => ({ factor, version }),
        decide: (current) => decide(current.factor),
        store(next, current) {
          if (current.version !== version) return false;
          [factor, version] = [JSON.parse(JSON.stringify(next)), version + 1];
          return true;
        },
      });
    const enter = (typed, step) =>
      change((current) => otpure.verifySecondFactor(secret, current, typed, at(step)));
    const { factorId, backupCodes } = await change(() =>
      otpure.createSecondFactor(secret, codes[0], { ...at(0), cost }),
    );
    assert.equal(backupCodes.length, 10);
    assert.equal(await enter(codes[0], 0), null, 'the code of the set-up logs in');
    assert.deepEqual(await enter(codes[1], 1), { factorId, kind: 'totp', failures: 1 });
    assert.equal(await enter(codes[1], 1), null, 'a code is good twice');
    assert.equal((await enter(backupCodes[3], 1)).kind, 'backup-code');
    assert.equal(await enter(backupCodes[3], 1), null, 'a backup code is good twice');
    // Of two requests at the same moment one gets in.
    const both = await Promise.all([enter(codes[2], 2), enter(codes[2], 2)]);
    assert.equal(both.filter((match) => match !== null).length, 1);
    assert.equal(otpure.hasPassed(factor, factorId), true);
    assert.equal(otpure.hasPassed(factor, null), false);
  },
});

/** Runs all: the failures, and codes for another program to check. */
export async function runSuite(otpure, data) {
  const result = { passed: [], failures: [], made: [] };
  for (const [name, check] of Object.entries(checks(otpure, data, result.made))) {
    try {
      await check();
      result.passed.push(name);
    } catch (error) {
      result.failures.push(`${name}: ${error?.stack ?? error}`);
    }
  }
  return result;
}
