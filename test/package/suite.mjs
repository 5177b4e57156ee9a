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
  const params = { type: 'totp', secret: ascii(rfc4226.secret), account: 'jörg+1@x.org', issuer: '🔑 A' };
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
  const hashes = [...own.slice(1), phone.backup.hash];
  const match = await otpure.verifyBackupCode(phone.backup.code.toUpperCase(), hashes);
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
    const elsewhere = () => otpure.decryptSecret(text, fromHex(key), `${context}.`);
    assert.throws(elsewhere, { code: 'DECRYPTION_FAILED' });
  }
  const key = otpure.generateSecret({ bytes: 32 });
  const text = otpure.encryptSecret(params.secret, key, 'user 17');
  assert.deepEqual(otpure.decryptSecret(text, [key], 'user 17'), params.secret);
  assert.notEqual(otpure.encryptSecret(params.secret, key, 'user 17'), text);

  // The whole login of one person, in one row, with the codes that the phone shows.
  const { base32, seconds, codes: shown } = phone.person;
  let now;
  let row = JSON.stringify({ factor: null, version: 0 });
  const twoFactor = otpure.createTwoFactor({
    ...{ issuer: 'Acme', key, cost, now: () => now },
    read: () => JSON.parse(row),
    store(_, factor, { version }) {
      if (JSON.parse(row).version !== version) return false;
      row = JSON.stringify({ factor, version: version + 1 });
      return true;
    },
  });
  const at = (step) => {
    now = (seconds + 30 * step) * 1000;
  };
  at(0);
  const { uri, pendingSecret } = twoFactor.setUp(17, 'ann@example.com');
  const setUpCode = otpure.generateTotp(otpure.parseOtpauthUri(uri).secret, { timestamp: now });
  const set = await twoFactor.confirm(17, { pendingSecret, code: setUpCode });
  assert.equal(set.backupCodes.length, 10);
  assert.equal(await twoFactor.disable(17, set.backupCodes[0]), true);
  const { passedFactor } = await twoFactor.adopt(17, { secret: otpure.decodeBase32(base32) });
  const [first, second] = await Promise.all([twoFactor.verify(17, shown[0]), twoFactor.verify(17, shown[0])]);
  assert.ok((first === null) !== (second === null), 'one of two parallel requests gets in');
  at(1);
  const device = await twoFactor.verify(17, shown[1], { trustDevice: true });
  assert.equal(twoFactor.afterPassword(JSON.parse(row).factor, device.deviceToken), passedFactor);
  assert.equal(await twoFactor.verify(17, shown[1]), null, 'a code is good twice');
  at(2);
  const issued = await twoFactor.replaceBackupCodes(17, shown[2]);
  assert.equal((await twoFactor.verify(17, issued.backupCodes[3])).kind, 'backup-code');
  assert.equal(await twoFactor.verify(17, issued.backupCodes[3]), null, 'a backup code is good twice');
  assert.equal(await twoFactor.verify(17, set.backupCodes[3]), null, 'an old backup code is good');
  assert.equal((await twoFactor.status(17)).backupCodesLeft, 9);
  assert.ok(twoFactor.hasPassed(JSON.parse(row).factor, passedFactor));
  return made;
}
