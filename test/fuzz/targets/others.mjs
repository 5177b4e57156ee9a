// Tokens, secrets, and options that are none.
import fc from 'fast-check';
import {
  constantTimeEqual,
  decodeBase32,
  encodeBase32,
  generateBackupCodes,
  generateHotp,
  generateHotpValue,
  generateSecret,
  generateTotp,
  getTimeStep,
  hashBackupCodes,
  parseOtpauthUri,
  resyncHotp,
  verifyBackupCode,
  verifyHotp,
  verifyTotp,
} from 'otpure';
import { algorithmOption, applyEdits, edits, integerOption, typedText, wrongValue } from '../inputs.mjs';
import { run } from '../meter.mjs';
import { costs, holds, refuses, returns } from '../oracle.mjs';
import { make, wrongFor } from '../values.mjs';
import { anyOf, bytesKind, giveBytes, realise } from './arguments.mjs';

const tokenSpec = anyOf(
  typedText.map((text) => ({ text })),
  fc.record({ bytes: fc.uint8Array({ maxLength: 12 }).map((bytes) => [...bytes]), as: bytesKind }),
  wrongValue('bytes').filter(({ wrong }) => !wrong.endsWith('string')),
);

const equal = [
  fc.record({
    a: tokenSpec,
    b: tokenSpec,
    how: fc.constantFrom('apart', 'same', 'utf8', 'edited', 'replaced'),
    edits,
  }),
  ({ a: aSpec, b: bSpec, how, edits }) => {
    const giveToken = (spec) => ('text' in spec ? spec.text : giveBytes(spec));
    const a = giveToken(aSpec);
    const b = giveOther(aSpec, how, edits) ?? giveToken(how === 'same' ? aSpec : bSpec);
    const usesOther = how === 'apart' || (how !== 'same' && !('text' in aSpec));
    const wrong = 'wrong' in aSpec || (usesOther && 'wrong' in bSpec);
    const outcomes = [run(() => constantTimeEqual(a, b)), run(() => constantTimeEqual(b, a))];
    for (const outcome of outcomes) {
      costs(outcome, {});
      if (wrong) refuses(outcome, ['INVALID_ARGUMENT'], [aSpec.text ?? '123456', bSpec.text ?? '123456']);
      else returns(outcome, expectedEqual(a, b));
    }
  },
];

/** Made from the first token, if that is text. */
function giveOther({ text }, how, edits) {
  if (text === undefined) return undefined;
  if (how === 'utf8') return new TextEncoder().encode(text);
  // UTF-8 has one replacement for all lone surrogates.
  if (how === 'replaced') return text.replaceAll(/[\ud800-\udfff]/g, '\udfff');
  return how === 'edited' ? applyEdits(text, edits) : undefined;
}

function expectedEqual(a, b) {
  if (typeof a === 'string' && typeof b === 'string') return a === b;
  const [left, right] = [a, b].map((one) =>
    Buffer.from(typeof one === 'string' ? new TextEncoder().encode(one) : one),
  );
  return left.equals(right);
}

const secret = [
  fc.record({ algorithm: algorithmOption, bytes: integerOption(16, 128) }),
  (specs) => {
    const { options, values, right } = realise(specs, { algorithm: 'SHA1' });
    const outcome = run(() => generateSecret(options));
    if (!right) {
      costs(outcome, {});
      return refuses(outcome, ['INVALID_ARGUMENT']);
    }
    const length = values.bytes ?? { SHA1: 20, SHA256: 32, SHA512: 64 }[values.algorithm];
    costs(outcome, { randomCalls: 1, randomBytes: length });
    holds(Object.getPrototypeOf(outcome.value) === Uint8Array.prototype, 'is no plain Uint8Array', outcome);
    holds(outcome.value.buffer.byteLength === length, 'is part of something larger', outcome);
    holds(new Set(outcome.value).size > 4, 'is not random', outcome);
  },
];

/** Options that are no object at all. */
const noOptions = [
  fc.record({ wrong: fc.constantFrom(...wrongFor.options), call: fc.nat(13) }),
  async ({ wrong, call }) => {
    const bytes = new Uint8Array(20);
    const calls = [
      (options) => generateSecret(options),
      (options) => encodeBase32(bytes, options),
      (options) => decodeBase32('MY', options),
      (options) => generateHotp(bytes, 0, options),
      (options) => generateHotpValue(bytes, 0, options),
      (options) => verifyHotp(bytes, '123456', 0, options),
      (options) => resyncHotp(bytes, ['123456', '123456'], 0, options),
      (options) => getTimeStep(options),
      (options) => generateTotp(bytes, options),
      (options) => verifyTotp(bytes, '123456', options),
      (options) => parseOtpauthUri('otpauth://totp/a?secret=MY', options),
      (options) => generateBackupCodes(options),
      (options) => verifyBackupCode('123456', [], options),
      (options) => hashBackupCodes(['h3vq8e0x2mztc5kd'], options),
    ];
    const outcome = await run(() => calls[call](make(wrong)));
    costs(outcome, {});
    refuses(outcome, ['INVALID_ARGUMENT'], ['123456']);
  },
];

/** By name: the generator, what to check, and how many inputs make up a round. */
export default {
  constantTimeEqual: [...equal, 1000],
  generateSecret: [...secret, 100],
  options: [...noOptions, 50],
};
