// Generated arguments of the public functions, and what they stand for.
import fc from 'fast-check';
import {
  algorithmOption,
  applyEdits,
  digitsOption,
  edits,
  integerOption,
  momentOption,
  secretBytes,
  typedText,
  wrongValue,
} from '../inputs.mjs';
import { BYTES_AS, make, wrongFor } from '../values.mjs';

/** What a generated option stands for: `right`, one of the two kinds of wrong, or nothing. */
export function give(spec) {
  if ('wrong' in spec) return make(spec.wrong);
  return 'wrongData' in spec ? spec.wrongData : spec.right;
}

export const isRight = (spec) => !('wrong' in spec || 'wrongData' in spec);

/** An options object as a caller would write it, the values in force, and whether all are right. */
export function realise(specs, defaults) {
  const options = {};
  const values = { ...defaults };
  let right = true;
  for (const [name, spec] of Object.entries(specs)) {
    if (Object.keys(spec).length === 0) continue;
    options[name] = give(spec);
    if (isRight(spec)) values[name] = spec.right;
    else right = false;
  }
  return { options, values, right };
}

export const anyOf = (...arbitraries) => fc.oneof(...arbitraries);
export const rarely = (usual, rare) =>
  fc.oneof({ weight: 15, arbitrary: usual }, { weight: 1, arbitrary: rare });

export const bytesKind = fc.constantFrom(...Object.keys(BYTES_AS));
export const bytesSpec = (minLength) =>
  rarely(
    fc.record({ bytes: secretBytes(minLength), as: bytesKind }),
    anyOf(wrongValue('bytes'), wrongValue('gone')),
  );

export const giveBytes = (spec) => ('bytes' in spec ? BYTES_AS[spec.as](spec.bytes) : make(spec.wrong));

/** Spellings in which a key could show up in a message. */
export function spellings(spec) {
  if (!('bytes' in spec)) return ['123456'];
  const bytes = Buffer.from(spec.bytes);
  return ['hex', 'latin1', 'base64'].map((encoding) => bytes.toString(encoding)).concat(spec.bytes.join());
}

export const otpSpecs = {
  algorithm: algorithmOption,
  digits: digitsOption,
  minSecretBytes: integerOption(1, 64),
};
export const otpDefaults = { algorithm: 'SHA1', digits: 6, minSecretBytes: 16 };

/** The errors that some arguments of a code function must lead to; none if they are all right. */
export function expectedErrors(right, secretSpec, { minSecretBytes }) {
  const codes = [];
  if (!right || wrongFor.bytes.includes(secretSpec.wrong)) codes.push('INVALID_ARGUMENT');
  const length = secretSpec.bytes?.length ?? 0;
  if (length < minSecretBytes && !wrongFor.bytes.includes(secretSpec.wrong)) codes.push('SECRET_TOO_SHORT');
  return codes;
}

/** A typed code: one of a near counter, as it is or edited, or any text or value at all. */
export const typedSpec = (reach) =>
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ offset: fc.integer(reach), edits: fc.constant([]) }) },
    { weight: 4, arbitrary: fc.record({ offset: fc.integer(reach), edits }) },
    { weight: 2, arbitrary: fc.record({ text: typedText }) },
    { weight: 1, arbitrary: wrongValue('typed') },
  );

export function giveTyped(spec, codeAt) {
  if ('text' in spec) return spec.text;
  return 'wrong' in spec ? make(spec.wrong) : applyEdits(codeAt(spec.offset), spec.edits);
}

export const clamp = (value) => (value < 0n ? 0n : value > 2n ** 64n - 1n ? 2n ** 64n - 1n : value);
export const secretsIn = (secretSpec, ...typed) => [
  ...spellings(secretSpec),
  ...typed.filter((one) => typeof one === 'string'),
];

export const timeSpecs = {
  timestamp: momentOption.filter((spec) => Object.keys(spec).length > 0),
  period: integerOption(1, 86_400, fc.constantFrom(1, 15, 29, 30, 60, 3600, 86_400)),
  t0: integerOption(0, Number.MAX_SAFE_INTEGER, anyOf(fc.nat(59), fc.nat(2e9), fc.nat(8.64e12))),
};
