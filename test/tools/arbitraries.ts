// Random input that leans to the edges, where mistakes are.
import * as fc from 'fast-check';
import type { OtpAlgorithm } from '../../src/index.js';

export const algorithms = fc.constantFrom<OtpAlgorithm>('SHA1', 'SHA256', 'SHA512');

export const secrets = fc.uint8Array({ minLength: 16, maxLength: 200 });

const EDGES = [0n, 2n ** 31n, 2n ** 32n, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n];

/** 0 … 2^64 − 1, half of them within 12 of an edge. */
export const bigCounters: fc.Arbitrary<bigint> = fc.oneof(
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  fc
    .tuple(fc.constantFrom(...EDGES), fc.bigInt({ min: -12n, max: 12n }))
    .map(([edge, offset]) => edge + offset)
    .filter((counter) => counter >= 0n && counter < 2n ** 64n),
);

/** All of Unicode. fast-check's own unit for it, 'binary', takes a second to set up. */
export const characters: fc.Arbitrary<string> = fc
  .nat(0x10ffff)
  .filter((code) => code < 0xd800 || code > 0xdfff)
  .map((code) => String.fromCodePoint(code));

/** Ways to type a right code: most of them right, some spoilt. */
export const typedCodes: fc.Arbitrary<(code: string) => string> = fc.oneof(
  { weight: 2, arbitrary: fc.constant((code: string) => code) },
  {
    weight: 2,
    arbitrary: fc
      .array(fc.tuple(fc.nat(10), fc.constantFrom(' ', '-')), { maxLength: 6 })
      .map((inserts) => (code: string) => inserts.reduce((text, [at, what]) => insert(text, at, what), code)),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.nat(10), fc.string({ unit: characters, minLength: 1, maxLength: 2 })).map(
      ([at, what]) =>
        (code: string) =>
          insert(code, at, what),
    ),
  },
  { weight: 1, arbitrary: fc.nat(9).map((at) => (code: string) => code.slice(0, at) + code.slice(at + 1)) },
  { weight: 1, arbitrary: fc.string().map((text) => () => text) },
);

function insert(text: string, at: number, what: string): string {
  return text.slice(0, at) + what + text.slice(at);
}
