// Feeds the packed library generated and mutated input until the time is up.
//
//   node test/fuzz/run.mjs [--seconds 30] [--seed N] [--target NAME] [--path P]
//
// A failure prints the command that replays it.
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { installPrivate, packTarball } from '../tools/install.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '30' },
    seed: { type: 'string', default: String(Date.now() & 0x3fff_ffff) },
    target: { type: 'string' },
    path: { type: 'string' },
  },
});
const seconds = Number(options.seconds);
const seed = Number(options.seed);
if (!(seconds > 0) || !Number.isInteger(seed)) throw new Error('--seconds and --seed are numbers');

installPrivate(here, packTarball());
// In this order: what the library imports from node:crypto has to be replaced first.
const { run } = await import('./meter.mjs');
const { replayFindings } = await import('./findings.mjs');
const { targets } = await import('./targets/index.mjs');
const { default: fc } = await import('fast-check');
const { generateHotp } = await import('otpure');
if (run(() => generateHotp(new Uint8Array(20), 0)).spent.hashes !== 2)
  throw new Error('the meter counts nothing');

const chosen = Object.entries(targets).filter(([name]) => (options.target ?? name) === name);
if (chosen.length === 0) throw new Error(`--target is one of ${Object.keys(targets).join(', ')}`);
console.log(`seed ${seed}, ${seconds} s, ${chosen.length} targets, Node.js ${process.version}`);

let { passed, failed } = await replayFindings();
const counts = Object.fromEntries(chosen.map(([name]) => [name, 0]));
const broken = new Set();
const end = performance.now() + seconds * 1000;
let round = 0;
do {
  for (const [name, [arbitrary, check, runs]] of chosen) {
    if (broken.has(name)) continue;
    const settings = { seed: (seed + round) | 0, numRuns: runs };
    if (options.path !== undefined) settings.path = options.path;
    const result = await fc.check(
      fc.asyncProperty(arbitrary, async (input) => void (await check(input))),
      settings,
    );
    counts[name] += result.numRuns;
    if (!result.failed) continue;
    // One failure a target: those that follow are most often the same.
    broken.add(name);
    console.error(
      `\n${name} failed after ${result.numShrinks} shrinks on ${fc.stringify(result.counterexample)}`,
    );
    console.error(result.errorInstance?.stack ?? result.errorInstance);
    console.error(
      `replay: npm run fuzz -- --target ${name} --seed ${result.seed} --path ${result.counterexamplePath}\n`,
    );
  }
  round++;
} while (performance.now() < end && options.path === undefined && broken.size < chosen.length);

for (const [name, count] of Object.entries(counts)) console.log(`${name.padEnd(20)} ${count}`);
const memory = Math.round(process.memoryUsage().rss / 2 ** 20);
console.log(`${round} rounds, ${memory} MiB resident at the end`);
failed += broken.size;
passed += Object.values(counts).reduce((sum, count) => sum + count, 0) - broken.size;
console.log(`fuzz: ${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
