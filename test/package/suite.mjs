// What can differ between runtimes: hashes, ciphers, random bytes, text. Runs wherever there is node:assert.
import assert from 'node:assert/strict';

const ascii = (text) => new TextEncoder().encode(text);
const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
const fromHex = (text) => Uint8Array.from(text.match(/../g), (byte) => Number.parseInt(byte, 16));

/** Checks everything, and returns codes for another program to check. */
export async function runSuite(otpure, phone, rfc4226, rfc6238, uris, sealed) {
  for (const { counter, value, code } of rfc4226.vectors) {
    const key = ascii(rfc4226.secret);
    assert.equal(otpure.generateHotp(key, BigInt(counter)), code);
    assert.equal(otpure.generateHotpValue(key, counter), value);
    assert.deepEqual(otpure.verifyHotp(key, code, counter), { counter, nextCounter: counter + 1 });
  }
  for (const { algorithm, secret, time, code } of rfc6238.vectors) {
    const options = { algorithm, digits: rfc6238.digits, timestamp: time * 1000 };
    assert.equal(otpure.generateTotp(ascii(secret), options), code);
  }
  for (const { secret, seconds, code, ...options } of phone.totp) {
    const at = { ...options, timestamp: seconds * 1000 };
    assert.equal(otpure.verifyTotp(fromHex(secret), code, null, at)?.drift, 0, JSON.stringify(at));
  }
  for (const { secret, counter, code } of phone.hotp) {
    assert.equal(otpure.generateHotp(fromHex(secret), BigInt(counter)), code, counter);
  }

  for (const { uri, params } of uris.good) {
    const { secret, ...rest } = otpure.parseOtpauthUri(uri);
    const plain = JSON.stringify(rest, (_, value) => (typeof value === 'bigint' ? `${value}` : value));
    assert.deepEqual({ ...JSON.parse(plain), secret: hex(secret) }, params, uri);
  }
  for (const { uri } of uris.bad)
    assert.throws(() => otpure.parseOtpauthUri(uri), { code: 'INVALID_URI' }, uri);
  const params = {
    type: 'totp',
    secret: ascii('12345678901234567890'),
    account: 'jörg+1@x.org',
    issuer: '🔑 A',
  };
  const { secret: parsed, account, issuer } = otpure.parseOtpauthUri(otpure.buildOtpauthUri(params));
  assert.deepEqual({ type: 'totp', secret: parsed, account, issuer }, params);

  const made = ['SHA1', 'SHA256', 'SHA512'].map((algorithm) => {
    const secrets = Array.from({ length: 100 }, () => otpure.generateSecret({ algorithm }));
    assert.equal(new Set(secrets.map(hex)).size, 100);
    for (const bytes of secrets) assert.deepEqual(otpure.decodeBase32(otpure.encodeBase32(bytes)), bytes);
    const options = { algorithm, digits: 8, period: 60 };
    const code = otpure.generateTotp(secrets[0], { ...options, timestamp: 20_000_000_000_000 });
    return { ...options, secret: hex(secrets[0]), seconds: 20_000_000_000, code };
  });

  const cost = { N: 16, r: 1, p: 1 };
  const codes = otpure.generateBackupCodes({ count: 100 });
  assert.equal(new Set(codes).size, 100);
  for (const code of codes) assert.match(code, /^(?:[0-9a-hjkmnp-tv-z]{4}-){3}[0-9a-hjkmnp-tv-z]{4}$/);
  const own = await otpure.hashBackupCodes(codes, { cost });
  const match = await otpure.verifyBackupCode(phone.backup.code.toUpperCase(), [
    ...own.slice(1),
    phone.backup.hash,
  ]);
  assert.deepEqual(match, { used: [phone.backup.hash], remaining: own.slice(1) });
  assert.deepEqual((await otpure.verifyBackupCode(codes[7], own)).used, [own[7]]);

  let state = null;
  for (let i = 0; i < 5; i++) ({ state } = otpure.takeAttempt(state, { timestamp: 1000 }));
  const waiting = { allowed: false, retryAt: 31_000, locked: false };
  assert.deepEqual(otpure.checkAttempts(state, { timestamp: 1000 }), waiting);
  assert.equal(otpure.constantTimeEqual('tökén', ascii('tökén')), true);
  assert.equal(otpure.constantTimeEqual('\ud800', '\ud801'), false);

  for (const { key, context, secret, text } of sealed.vectors) {
    assert.equal(hex(otpure.decryptSecret(text, fromHex(key), context)), secret);
    assert.throws(() => otpure.decryptSecret(text, fromHex(key), `${context}.`), {
      code: 'DECRYPTION_FAILED',
    });
  }
  const key = otpure.generateSecret({ bytes: 32 });
  const text = otpure.encryptSecret(params.secret, key, 'user 17');
  assert.deepEqual(otpure.decryptSecret(text, [key], 'user 17'), params.secret);
  assert.notEqual(otpure.encryptSecret(params.secret, key, 'user 17'), text);

  const { base32, seconds, codes: shown } = phone.person;
  const secret = otpure.decodeBase32(base32);
  const at = (step) => ({ timestamp: (seconds + 30 * step) * 1000 });
  let stored = { factor: null };
  const change = (decide) =>
    otpure.updateSecondFactor({
      read: () => stored,
      decide: ({ factor }) => decide(factor),
      store(factor, current) {
        if (stored !== current) return false;
        stored = JSON.parse(JSON.stringify({ factor }));
        return true;
      },
    });
  const enter = (typed, step) =>
    change((factor) => otpure.verifySecondFactor(secret, factor, typed, at(step)));
  const set = await change(() => otpure.createSecondFactor(secret, shown[0], { ...at(0), cost }));
  assert.equal(await enter(shown[0], 0), null, 'the code of the set-up logs in');
  assert.deepEqual(await enter(shown[1], 1), { passedFactor: set.passedFactor, kind: 'totp', failures: 1 });
  assert.equal(await enter(shown[1], 1), null, 'a code is good twice');
  assert.equal((await enter(set.backupCodes[3], 1)).kind, 'backup-code');
  assert.equal(await enter(set.backupCodes[3], 1), null, 'a backup code is good twice');
  const both = await Promise.all([enter(shown[2], 2), enter(shown[2], 2)]);
  assert.equal(both.filter((result) => result !== null).length, 1, 'one of two parallel requests gets in');
  assert.ok(otpure.hasPassed(stored.factor, set.passedFactor) && !otpure.hasPassed(stored.factor, null));
  return made;
}
