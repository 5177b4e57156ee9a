// Backup codes: made, hashed, checked.
import { types } from 'node:util';
import fc from 'fast-check';
import { generateBackupCodes, hashBackupCodes, verifyBackupCode } from 'otpure';
import { applyEdits, edits, integerOption, option, typedText, wrongValue } from '../inputs.mjs';
import { run, scryptSync } from '../meter.mjs';
import { costs, holds, refuses, returns } from '../oracle.mjs';
import * as reference from '../reference.mjs';
import { make } from '../values.mjs';
import {
  anyOf,
  bytesKind,
  give,
  giveBytes,
  giveTyped,
  isRight,
  rarely,
  realise,
  typedSpec,
} from './arguments.mjs';

const CROCKFORD = '0123456789abcdefghjkmnpqrstvwxyz';

const makeCodes = [
  fc.record({
    alphabet: option(fc.constantFrom('base32', 'digits'), wrongValue('string')),
    count: integerOption(1, 100),
    length: integerOption(8, 32),
  }),
  (specs) => {
    const { options, values, right } = realise(specs, { alphabet: 'base32', count: 10 });
    const outcome = run(() => generateBackupCodes(options));
    if (!right) {
      costs(outcome, {});
      return refuses(outcome, ['INVALID_ARGUMENT']);
    }
    const digits = values.alphabet === 'digits';
    const length = values.length ?? (digits ? 10 : 16);
    const group = digits ? 5 : 4;
    const symbols = digits ? '[0-9]' : `[${CROCKFORD}]`;
    const shape = new RegExp(`^(?:${symbols}{${group}}-)*${symbols}{1,${group}}$`);
    const { value, spent } = outcome;
    holds(Array.isArray(value) && value.length === values.count, 'is another number of codes', outcome);
    holds(new Set(value).size === value.length, 'repeats a code', value);
    holds(
      value.every((code) => shape.test(code) && code.replaceAll('-', '').length === length),
      'is no code',
      value,
    );
    holds(spent.hashes + spent.hmacs + spent.scrypts === 0, 'does other work', spent);
    holds(spent.randomCalls <= 20 * values.count, 'draws without end', spent);
  },
];

const crockfordCode = (minLength, maxLength) =>
  fc.array(fc.constantFrom(...CROCKFORD), { minLength, maxLength }).map((characters) => characters.join(''));

const pepperOption = option(
  fc.record({
    bytes: fc.uint8Array({ minLength: 16, maxLength: 100 }).map((bytes) => [...bytes]),
    as: bytesKind,
  }),
  wrongValue('pepper'),
  fc.constantFrom('15 bytes', '1025 bytes').map((wrong) => ({ wrong })),
);

function givePepper(spec) {
  return 'right' in spec ? giveBytes(spec.right) : give(spec);
}

const cheapCost = fc.record({
  N: fc.constantFrom(2, 4, 8, 16),
  r: fc.integer({ min: 1, max: 2 }),
  p: fc.integer({ min: 1, max: 2 }),
});
const badCost = fc.constantFrom(
  ...[{ N: 3 }, { N: 1 }, { N: 0 }, { N: -2 }, { N: 2 ** 22 }, { N: 2.5 }, { N: 2 ** 16 }, { N: '16' }],
  ...[
    { r: 0 },
    { r: 33 },
    { r: 1.5 },
    { p: 0 },
    { p: 33 },
    { p: 2 ** 30 },
    { p: undefined },
    { N: Number.NaN },
  ],
  ...[
    { N: 2 ** 20, r: 2, p: 2 },
    { N: 2 ** 17, r: 16, p: 2 },
  ],
);

/** RFC 7914 by Node's synchronous function, as a PHC string. */
function expectedHash(code, pepper, salt, { N, r, p }) {
  const password = pepper ? reference.hmacSha256(pepper, code) : code;
  const key = scryptSync(password, Buffer.from(salt, 'base64'), 32, { N, r, p });
  const text = key.toString('base64').replaceAll('=', '');
  return `$scrypt$ln=${Math.log2(N)},r=${r},p=${p}$${salt}$${text}`;
}

/** Calls, and changes all that was passed before anything can be awaited. */
function runAndSpoil(call, array, options) {
  const outcome = run(() => call(array, options));
  array.fill('spoilt').push('spoilt');
  if (types.isUint8Array(options.pepper) && options.pepper.length > 0) options.pepper.fill(0);
  Object.assign(options.cost, { N: 3, r: 0, p: 0 });
  Object.assign(options, { cost: undefined, pepper: undefined });
  return outcome;
}

const hashCodes = [
  fc.record({
    codes: fc.array(anyOf(crockfordCode(8, 32), crockfordCode(8, 32), crockfordCode(6, 34), typedText), {
      maxLength: 4,
    }),
    edits,
    pepper: pepperOption,
    cost: rarely(
      cheapCost,
      badCost.map((bad) => ({ N: 2, r: 1, p: 1, ...bad, bad: true })),
    ),
    typed: typedSpec({ min: 0, max: 3 }),
  }),
  async ({ codes: plain, edits, pepper: pepperSpec, cost, typed: typedSpec }) => {
    const codes = plain.map((code, i) => (i === 0 ? applyEdits(code, edits) : code));
    const meant = codes.map(reference.expectedBackupCode);
    const options = () => ({
      cost: { ...cost },
      ...(Object.keys(pepperSpec).length > 0 && { pepper: givePepper(pepperSpec) }),
    });
    const outcome = await runAndSpoil(hashBackupCodes, [...codes], options());
    const right =
      codes.length > 0 &&
      !meant.includes(null) &&
      new Set(meant).size === meant.length &&
      isRight(pepperSpec) &&
      !cost.bad;
    if (!right) {
      costs(outcome, {});
      return refuses(outcome, ['INVALID_ARGUMENT'], codes);
    }
    const { pepper } = options();
    const work = cost.N * cost.r * cost.p;
    costs(outcome, {
      scrypts: codes.length,
      mostScryptWork: work,
      hmacs: pepper ? codes.length : 0,
      randomCalls: 1,
      randomBytes: 16,
    });
    const hashes = outcome.value;
    const salt = hashes[0].split('$')[3];
    returns(
      { value: hashes },
      meant.map((code) => expectedHash(code, pepper, salt, cost)),
    );

    const typed = giveTyped(typedSpec, (offset) => codes[offset % codes.length]);
    const code = reference.expectedBackupCode(typed);
    const verify = (stored, given) => verifyBackupCode(typed, stored, given);
    const check = await runAndSpoil(verify, [...hashes], options());
    costs(check, code === null ? {} : { scrypts: 1, mostScryptWork: work, hmacs: pepper ? 1 : 0 });
    const place = code === null ? -1 : meant.indexOf(code);
    const expected = { hash: hashes[place], remaining: hashes.filter((_, i) => i !== place) };
    returns(check, place < 0 ? null : expected);
  },
];

const SALTS = ['AAAAAAAAAAAAAAAAAAAAAA', 'u7vW1R2kq8Qx5l0mVYz3Fg', '/////////////////////w'];
const STORED_CODE = 'h3vq8e0x2mztc5kd';
const STORED = SALTS.map((salt) => expectedHash(STORED_CODE, undefined, salt, { N: 4, r: 1, p: 1 }));
const COSTLY = [
  ...['ln=14,r=8,p=5', 'ln=17,r=8,p=1', 'ln=20,r=2,p=1', 'ln=15,r=1,p=32', 'ln=21,r=2,p=1', 'ln=18,r=8,p=1'],
  ...['ln=16,r=1,p=1', 'ln=31,r=32,p=32', 'ln=99,r=1,p=1', 'ln=1,r=33,p=1', 'ln=0,r=1,p=1', 'ln=1,r=01,p=1'],
].map((cost) => STORED[0].replace('ln=2,r=1,p=1', cost));

/** The cost a stored hash asks for, or `null` if it is to be refused. */
function expectedStored(hash) {
  if (typeof hash !== 'string') return null;
  const [empty, name, cost, salt, key, ...more] = hash.split('$');
  const numbers = /^ln=(\d+),r=(\d+),p=(\d+)$/.exec(cost ?? '')?.slice(1);
  if (empty !== '' || name !== 'scrypt' || !numbers || key === undefined || more.length > 0) return null;
  if (numbers.some((text) => String(Number(text)) !== text || Number(text) < 1)) return null;
  const exact = (text, length) =>
    Buffer.from(text, 'base64').toString('base64').replaceAll('=', '') === text &&
    Buffer.from(text, 'base64').length === length;
  if (!exact(salt, 16) || !exact(key, 32)) return null;
  const [ln, r, p] = numbers.map(Number);
  if (r > 32 || p > 32 || ln >= 16 * r || 2 ** ln * r * p > 2 ** 21) return null;
  return { set: hash.slice(0, -key.length), salt, cost: { N: 2 ** ln, r, p } };
}

const asIs = (hash) => ({ hash, edits: [] });
const storedHashes = anyOf(
  fc.array(fc.constantFrom(...[...STORED, ...COSTLY].filter(expectedStored)).map(asIs), {
    minLength: 3,
    maxLength: 8,
  }),
  fc.array(
    fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom(...STORED, ...COSTLY).map(asIs) },
      { weight: 2, arbitrary: fc.record({ hash: fc.constantFrom(...STORED, ...COSTLY), edits }) },
      { weight: 1, arbitrary: wrongValue('string') },
    ),
    { maxLength: 8 },
  ),
);

const stored = [
  fc.record({
    hashes: rarely(storedHashes, wrongValue('array')),
    copies: rarely(fc.constant(1), fc.constant(40)),
    typed: fc.oneof(
      fc.record({ offset: fc.constant(0), edits }),
      fc.record({ text: typedText }),
      wrongValue('typed'),
    ),
  }),
  async ({ hashes: spec, copies, typed: typedSpec }) => {
    const given = Array.isArray(spec)
      ? spec.map((one) => ('wrong' in one ? make(one.wrong) : applyEdits(one.hash, one.edits)))
      : make(spec.wrong);
    const hashes = Array.isArray(given) ? new Array(copies).fill(given).flat() : given;
    const typed = giveTyped(typedSpec, () => STORED_CODE);
    const outcome = await run(() => verifyBackupCode(typed, hashes));
    if (!Array.isArray(hashes) || hashes.length > 100) {
      costs(outcome, {});
      return refuses(
        outcome,
        ['INVALID_ARGUMENT'],
        [typed].filter((one) => typeof one === 'string'),
      );
    }
    const parsed = hashes.map(expectedStored);
    const sets = new Map(parsed.filter(Boolean).map((one) => [one.set, one]));
    if (parsed.includes(null) || sets.size > 4) {
      costs(outcome, {});
      const code = parsed.includes(null) ? 'INVALID_BACKUP_HASH' : 'INVALID_ARGUMENT';
      return refuses(
        outcome,
        [code],
        hashes.filter((one) => typeof one === 'string'),
      );
    }
    const code = reference.expectedBackupCode(typed);
    const works = [...sets.values()].map(({ cost: { N, r, p } }) => N * r * p);
    costs(outcome, code === null ? {} : { scrypts: sets.size, mostScryptWork: Math.max(0, ...works) });
    if (code === null) return returns(outcome, null);
    const cheap = [...sets.values()].filter(({ cost: { N, r, p } }) => N * r * p <= 2 ** 8);
    const matches = cheap.map(({ salt, cost }) => expectedHash(code, undefined, salt, cost));
    const hit = hashes.filter((hash) => matches.includes(hash));
    if (hit.length === 0) return returns(outcome, null);
    holds(hit.includes(outcome.value?.hash), 'is another match', outcome, hit);
    returns(
      { value: outcome.value.remaining },
      hashes.filter((hash) => hash !== outcome.value.hash),
    );
  },
];

/** By name: the generator, what to check, and how many inputs make up a round. */
export default {
  generateBackupCodes: [...makeCodes, 100],
  hashBackupCodes: [...hashCodes, 150],
  verifyBackupCode: [...stored, 300],
};
