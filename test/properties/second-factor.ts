// Backup codes and the second factor against the reference, with the work of each decision.
import * as fc from 'fast-check';
import * as otp from '../../src/index.js';
import * as reference from '../reference/reference.mjs';
import { untyped } from '../tools/vectors.js';
import { bytes, codeOptions, give, integer, policy, secret, typed, typedText } from './inputs.js';
import { holds, refuses, returns, run } from './outcome.js';

const SALT = 'u7vW1R2kq8Qx5l0mVYz3Fg';
const CHEAP = { N: 2, r: 1, p: 1 };
const CODES = ['h3vq-8e0x-2mzt-c5kd', '40712-95836', '12345678'];
const meaningOf = (typed: unknown) => reference.referenceBackupCode(typed);
const HASHES = CODES.map((code) => {
  return `$scrypt$ln=1,r=1,p=1$${SALT}$${reference.referenceBackupHash(meaningOf(code), SALT, CHEAP)}`;
});
const withCost = (cost: string) => HASHES[0].replace('ln=1,r=1,p=1', cost);
const WRONG = ['ln=21,r=2,p=1', 'ln=16,r=1,p=1', 'ln=31,r=32,p=32', 'ln=0,r=1,p=1', 'ln=1,r=1,p=01'];

const anyCode = fc.oneof(fc.constantFrom(...CODES, 'Zz9uZz9u'), typedText);
const codes = fc.array(anyCode, { minLength: 1, maxLength: 3 });
const peppers = fc.uniqueArray(bytes(16, 40), { maxLength: 3, selector: String });
const cost = fc.record({ N: fc.constantFrom(2, 4, 8), r: integer(1, 2), p: integer(1, 2) });
const hashing = fc.record({ codes, peppers, cost, what: typed(0, 2) });
const hashBackupCodes = fc.asyncProperty(hashing, async ({ codes, peppers, cost, what }) => {
  const [pepper, ...others] = peppers;
  const meant = codes.map(meaningOf);
  const hashed = await run(() => otp.hashBackupCodes(codes, { cost, pepper }));
  const isWrong = meant.includes(null) || new Set(meant).size < codes.length;
  if (isWrong) return refuses(hashed, 'INVALID_ARGUMENT', pepper, ...codes);
  const [, id = '', salt] = /p=\d+(,keyid=[\w-]+)?\$([^$]+)/.exec(String(hashed.value)) ?? [];
  const prefix = `$scrypt$ln=${Math.log2(cost.N)},r=${cost.r},p=${cost.p}${id}$${salt}$`;
  const hashes = meant.map((code) => prefix + reference.referenceBackupHash(code, salt, cost, pepper));
  returns(hashed, hashes, { scrypts: codes.length, hashes: pepper ? 1 : 0 });
  // Once more, without a pepper: a retried transaction.
  const stored = Object.freeze([...hashes, ...(await otp.hashBackupCodes(codes, { cost }))]);
  const code = give(what, (offset) => codes[offset % codes.length]);
  const verify = (keys?: Uint8Array[]) =>
    run(() => otp.verifyBackupCode(untyped(code), stored, { pepper: keys }));
  const place = meaningOf(code) === null ? -1 : meant.indexOf(meaningOf(code));
  const used = stored.filter((_, i) => i % codes.length === place);
  const expected = place < 0 ? null : { used, remaining: stored.filter((hash) => !used.includes(hash)) };
  const work = { scrypts: meaningOf(code) === null ? 0 : 2, hashes: pepper ? 1 + others.length : 0 };
  returns(await verify(pepper && [...others, pepper]), expected, work);
  if (pepper) refuses(await verify(others.length > 0 ? others : undefined), 'INVALID_ARGUMENT', code, pepper);
});

const good = fc.array(fc.constantFrom(...HASHES, withCost('ln=11,r=32,p=32')), { maxLength: 6 });
const bad = fc.option(fc.oneof(fc.constantFrom(...WRONG.map(withCost)), fc.anything(), typedText));
const aCode = fc.constantFrom(...CODES.map((text) => ({ text })));
const copies = fc.constantFrom(1, 1, 40);
const stored = fc.record({ good, bad, copies, what: fc.oneof(typed(0, 0), aCode) });
const verifyBackupCode = fc.asyncProperty(stored, async ({ good, bad, copies, what }) => {
  const hashes = Array.from({ length: copies }, () => (bad === null ? good : [...good, bad])).flat();
  const code = give(what, () => 'H3VQ-8EOX-2MZT-C5KD');
  const match = await run(() => otp.verifyBackupCode(untyped(code), untyped(hashes)));
  if (hashes.length > 100) return refuses(match, 'INVALID_ARGUMENT', code, bad);
  if (hashes.length > good.length * copies) return refuses(match, 'INVALID_BACKUP_HASH', code, bad);
  const hash = HASHES[CODES.map(meaningOf).indexOf(meaningOf(code))];
  const expected = { used: [hash], remaining: hashes.filter((one) => one !== hash) };
  const sets = new Set(good.map((one) => one.slice(0, -43))).size;
  returns(match, hashes.includes(hash) ? expected : null, { scrypts: meaningOf(code) === null ? 0 : sets });
});

const NOW = 1_700_000_000_000;
const STEP = Math.floor(NOW / 30_000);
const lastFailureAt = integer(NOW - 1e8, NOW + 1e8);
const attempts = fc.option(fc.record({ failures: fc.nat(101), lastFailureAt }));
const lastUsedTimeStep = fc.option(integer(STEP - 3, STEP + 2));
const facts = fc.record({ lastUsedTimeStep, backupHashes: fc.subarray(HASHES), attempts });
const only = fc.constantFrom(undefined, 'totp' as const, 'backup-code' as const);
const what = fc.oneof(typed(-2, 2), aCode);
const logins = fc.record({ key: secret, facts, what, only, rules: policy, options: fc.record(codeOptions) });
/** Limit, code, replay, backup code, count: in this order. What can be no code isn't counted. */
const verifySecondFactor = fc.asyncProperty(logins, async ({ key, facts, what, only, rules, options }) => {
  const factor = Object.freeze({ id: 'x', name: 'kept', ...facts });
  const { lastUsedTimeStep, backupHashes, attempts } = factor;
  const code = give(what, (offset) => reference.referenceHotp(key, STEP + offset, options));
  const settings = { ...options, ...rules, only, timestamp: NOW };
  const outcome = await run(() => otp.verifySecondFactor(key, factor, untyped(code), settings));
  const { allowed, state } = reference.referenceTakeAttempt(attempts, rules, NOW);
  if (!allowed) {
    returns(outcome, { factor, result: null });
    return holds(outcome.value?.factor === factor, 'is a copy of the factor', outcome);
  }
  const clock = { ...options, timestamp: NOW, lastUsed: lastUsedTimeStep };
  const totp = only === 'backup-code' ? null : reference.referenceVerifyTotp(key, code, clock);
  const isTotp = only !== 'backup-code' && reference.referenceTyped(code, options.digits ?? 6) !== null;
  const meant = only === 'totp' || isTotp ? null : meaningOf(code);
  const remaining = backupHashes.filter((hash) => hash !== HASHES[CODES.map(meaningOf).indexOf(meant)]);
  const isMatch = totp !== null || remaining.length < backupHashes.length;
  const changes = totp ? { lastUsedTimeStep: totp.timeStep } : { backupHashes: remaining };
  const kind = totp ? 'totp' : 'backup-code';
  const failures = attempts?.failures ?? 0;
  const result = { passedFactor: 'x', kind, failures, drift: totp?.drift ?? null };
  const isGuess = isTotp || meant !== null;
  const counted = isGuess ? { ...factor, attempts: state } : factor;
  const stored = isMatch ? { ...factor, ...changes, attempts: null } : counted;
  const scrypts = meant === null || backupHashes.length === 0 ? 0 : 1;
  returns({ ...outcome, hashes: 0 }, { factor: stored, result: isMatch ? result : null }, { scrypts });
  // Three steps, the last used one, and the hash of a long key.
  const [least, most] = only === 'backup-code' ? [0, 0] : [6, 9];
  holds(outcome.hashes >= least && outcome.hashes <= most, 'did other work', outcome);
});

const json = fc.jsonValue({ maxDepth: 2 });
const fields = fc.dictionary(fc.constantFrom('secret', 'a'), json, { noNullPrototype: true });
const setUps = fc.record({ key: secret, what: typed(-3, 3), count: fc.nat(3), fields });
const createSecondFactor = fc.asyncProperty(setUps, async ({ key, what, count, fields }) => {
  const code = untyped(give(what, (offset) => reference.referenceHotp(key, STEP + offset)));
  const settings = { timestamp: NOW, cost: CHEAP, backupCodes: count > 0 && { count } };
  const made = await run(() => otp.createSecondFactor(key, code, { ...settings, fields }));
  const match = reference.referenceVerifyTotp(key, code, { timestamp: NOW });
  if (match === null || !made.value) return returns({ ...made, hashes: 0 }, match);
  const { factor, result } = made.value;
  const { id, backupHashes } = factor;
  const expected = { ...fields, id, backupHashes, lastUsedTimeStep: match.timeStep, attempts: null };
  returns({ ...made, value: factor, hashes: 0 }, expected, { scrypts: count });
  // The code that confirmed does not log in as well; each backup code does once, and none of those replaced.
  const login = (from: otp.SecondFactor, typed: string) =>
    otp.verifySecondFactor(key, from, typed, { timestamp: NOW });
  holds((await login(factor, code)).result === null, 'logs in with the first code', made);
  const renewed = await otp.replaceBackupCodes(factor, settings);
  for (const old of result.backupCodes) {
    const first = await login(factor, old);
    holds(first.result?.kind === 'backup-code' && !(await login(first.factor, old)).result, 'not once', old);
    holds(!(await login(renewed.factor, old)).result, 'takes a code that was replaced', old);
  }
  holds(backupHashes.length === count && result.passedFactor === id && id.length > 21, 'is incomplete', made);
  const passes = [id, `${id}x`, null, undefined].map((passed) => otp.hasPassed(renewed.factor, passed));
  holds(`${passes}` === 'true,false,false,false' && otp.hasPassed(null, 'none'), 'lets others in', passes);
});

export const secondFactor = { hashBackupCodes, verifyBackupCode, verifySecondFactor, createSecondFactor };
