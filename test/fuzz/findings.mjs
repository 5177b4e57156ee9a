// What fuzzing has found, kept as calls of the public functions, tried before anything new.
import { readFileSync } from 'node:fs';
import { run } from './meter.mjs';
import { refuses, returns } from './oracle.mjs';

// By name, as the findings have it.
const functions = await import('otpure');

const { findings } = JSON.parse(readFileSync(new URL('findings.json', import.meta.url), 'utf8'));

/** JSON, but for what it lacks: `{"$": "…"}` is a JavaScript expression. */
function decode(value) {
  if (Array.isArray(value)) return value.map(decode);
  if (typeof value !== 'object' || value === null) return value;
  // biome-ignore lint/security/noGlobalEval: our own data, which has to hold what JSON can't
  if (typeof value.$ === 'string') return eval(`(${value.$})`);
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, decode(one)]));
}

export async function replayFindings() {
  let [passed, failed] = [0, 0];
  for (const { name, call, args, returns: expected, throws, hides = [] } of findings) {
    try {
      const outcome = await run(() => functions[call](...decode(args)));
      if (throws === undefined) returns(outcome, decode(expected));
      else refuses(outcome, [throws], hides);
      passed++;
    } catch (error) {
      failed++;
      console.error(`\nfinding: ${name}\n${error.message}`);
    }
  }
  return { passed, failed };
}
