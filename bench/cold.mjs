// What a program's start pays for a package: the time of the first import() in a fresh process.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { shuffle } from './measure.mjs';

/** The floor: a package of one line. */
export const CRYPTO_ONLY = 'otpure-bench/crypto-only';

/** Milliseconds for each specifier, one number a round, in an order drawn anew each round. */
export function measureImports(runtime, specifiers, rounds) {
  const program = join(import.meta.dirname, 'import-one.mjs');
  const importOnce = (specifier) =>
    Number(execFileSync(runtime, ['--no-deprecation', program, specifier], { encoding: 'utf8' }));
  const samples = new Map(specifiers.map((specifier) => [specifier, []]));
  for (let round = -1; round < rounds; round++) {
    for (const specifier of shuffle(specifiers)) {
      const sample = importOnce(specifier);
      // The first round fills the caches of the operating system.
      if (round >= 0) samples.get(specifier).push(sample);
    }
  }
  return specifiers.map((specifier) => ({ name: specifier, samples: samples.get(specifier) }));
}
