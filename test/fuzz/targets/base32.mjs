// Base32 both ways.
import fc from 'fast-check';
import { decodeBase32, encodeBase32 } from 'otpure';
import { base32Text, booleanOption, wrongValue } from '../inputs.mjs';
import { run } from '../meter.mjs';
import { costs, refuses, returns } from '../oracle.mjs';
import * as reference from '../reference.mjs';
import { make, wrongFor } from '../values.mjs';
import { bytesSpec, giveBytes, rarely, realise, spellings } from './arguments.mjs';

const decode = [
  fc.record({
    text: rarely(
      base32Text.map((text) => ({ text })),
      wrongValue('string'),
    ),
    lenient: booleanOption,
  }),
  ({ text: spec, lenient: lenientSpec }) => {
    const { options, values, right } = realise({ lenient: lenientSpec }, { lenient: false });
    const text = 'text' in spec ? spec.text : make(spec.wrong);
    const outcome = run(() => decodeBase32(text, options));
    costs(outcome, {});
    if (!right || !('text' in spec)) return refuses(outcome, ['INVALID_ARGUMENT'], [spec.text ?? '123456']);
    const expected = reference.referenceDecodeBase32(text, values.lenient);
    if (expected === null) return refuses(outcome, ['INVALID_BASE32'], [text]);
    returns(outcome, expected);
    const canonical = text.replace(/[ =-]/g, '').toUpperCase();
    if (!values.lenient) returns({ value: encodeBase32(outcome.value) }, canonical);
    returns({ value: decodeBase32(encodeBase32(outcome.value, { padding: true })) }, expected);
  },
];

const encode = [
  fc.record({ bytes: bytesSpec(0), padding: booleanOption }),
  ({ bytes: spec, padding }) => {
    const { options, values, right } = realise({ padding }, { padding: false });
    const bytes = giveBytes(spec);
    const outcome = run(() => encodeBase32(bytes, options));
    costs(outcome, {});
    if (!right || wrongFor.bytes.includes(spec.wrong))
      return refuses(outcome, ['INVALID_ARGUMENT'], spellings(spec));
    const plain = Uint8Array.from(spec.bytes ?? []);
    returns(outcome, reference.referenceEncodeBase32(plain, values.padding));
    returns({ value: decodeBase32(outcome.value) }, plain);
  },
];

/** By name: the generator, what to check, and how many inputs make up a round. */
export default {
  decodeBase32: [...decode, 1500],
  encodeBase32: [...encode, 500],
};
