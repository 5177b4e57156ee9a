// Runs the list of properties: briefly and with a fixed seed, or for FUZZ_SECONDS in all, one seed after the other.
import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { setKey, wipeKey } from '../src/hmac.js';
import { codes } from './properties/codes.js';
import { secondFactor } from './properties/second-factor.js';
import { texts } from './properties/texts.js';
import { twoFactor } from './properties/two-factor.js';
import { untyped } from './tools/vectors.js';

const properties = { ...codes, ...texts, ...secondFactor, twoFactor };
const { FUZZ_SECONDS, FUZZ_ONLY, FUZZ_PATH } = process.env;
const chosen = Object.entries(properties).filter(([name]) => (FUZZ_ONLY || name) === name);

/** What was found before, tried first: inputs of properties as JSON, in which `"5n"` is a bigint and `{"hex": "05"}` bytes. */
const { findings }: { findings: Record<string, unknown[][]> } = JSON.parse(
  readFileSync(new URL('vectors/findings.json', import.meta.url), 'utf8'),
  (_, value) => {
    if (typeof value?.hex === 'string') return new Uint8Array(Buffer.from(value.hex, 'hex'));
    return typeof value === 'string' && /^\d+n$/.test(value) ? BigInt(value.slice(0, -1)) : value;
  },
);

test('the findings belong to properties, and --only names one', () => {
  expect(Object.keys(properties)).toEqual(expect.arrayContaining(Object.keys(findings)));
  expect(chosen).not.toEqual([]);
});

// Before the first HMAC of a process, the runtime is asked how it hashes. That is no work of a property.
beforeAll(() => {
  for (const algorithm of ['SHA1', 'SHA256', 'SHA512'] as const) wipeKey(setKey(algorithm, new Uint8Array()));
});

const counts: Record<string, number> = {};
test.each(chosen)('%s', async (name, property) => {
  const settings = { examples: findings[name] ?? [], ...(FUZZ_PATH && { path: FUZZ_PATH }) };
  const end = performance.now() + (Number(FUZZ_SECONDS ?? 0) * 1000) / chosen.length;
  counts[name] = 0;
  for (let seed = fc.readConfigureGlobal().seed ?? 0; ; seed++) {
    const result = await fc.check(untyped(property), { ...settings, seed });
    counts[name] += result.numRuns;
    const replay = `npm run fuzz -- --only ${name} --seed ${result.seed} --path ${result.counterexamplePath}`;
    const report = () => `${fc.defaultReportMessage(result)}\n${replay}`;
    if (result.failed) throw new Error(report(), { cause: result.errorInstance });
    if (performance.now() >= end || FUZZ_PATH) break;
  }
});

afterAll(() => {
  if (FUZZ_SECONDS === undefined) return;
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  console.table(counts);
  console.log(`${total} cases, ${Math.round((total * 60) / Number(FUZZ_SECONDS))} a minute`);
});
