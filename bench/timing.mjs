// Does the time tell anything? Searches every comparison of secrets for timing leaks. See README.md.
//
//   node bench/timing.mjs [--quick] [--json FILE] [--runtimes 20,24,26] [--only TARGET]
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { findRuntimes, folder, install } from './install.mjs';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'string' },
    only: { type: 'string' },
    runtimes: { type: 'string' },
  },
});

await install();
const { CONTROLS, NULL_TESTS, TARGETS } = await import('./timing-targets.mjs');
const { THRESHOLD } = await import('./welch.mjs');

// An asynchronous call takes a hundred times as long, most of it on the way to another thread and back.
const COUNTS = values.quick ? { sync: 60_000, async: 10_000 } : { sync: 1_000_000, async: 1_000_000 };
const RUNS = 3;

const outcome = { count: COUNTS, runtimes: [] };
let passed = 0;
let failed = 0;
// A brief run has two minutes, enough for one runtime on a busy machine.
const runtimes =
  values.quick && !values.runtimes ? [process.execPath] : findRuntimes(values.runtimes?.split(','));
for (const runtime of runtimes) {
  const version = await runNode(runtime, ['--print', 'process.versions.node']);
  console.log(`Node ${version}: class 1 against class 0, |t| ≥ ${THRESHOLD} is a difference`);
  const results = [];
  for (const [kind, definitions, isGood] of [
    ['control', CONTROLS, ({ differs }) => differs],
    ['null test', NULL_TESTS, ({ differs }) => !differs],
    ['target', TARGETS, ({ differs }) => !differs],
  ]) {
    for (const [name, { title, isAsync }] of Object.entries(definitions)) {
      if (values.only && kind === 'target' && name !== values.only) continue;
      const result = { kind, name, title, ...(await examine(runtime, name, isAsync)) };
      results.push(result);
      const good = isGood(result);
      if (good) passed++;
      else failed++;
      console.log(line(result, good));
    }
    // Nothing that follows would mean anything.
    if (kind !== 'target' && failed > 0) break;
  }
  outcome.runtimes.push({ version, results });
  console.log();
  if (!results.some(({ kind }) => kind === 'target')) {
    console.log('VOID: the harness misses a leak that is there, or sees one that is not. Not a result.\n');
    break;
  }
}
if (values.json) writeFileSync(values.json, `${JSON.stringify(outcome)}\n`);
console.log(`${passed} passed, ${failed} failed`);
if (failed > 0) process.exitCode = 1;

/** A difference counts if it is found in every one of three runs, in the same direction. */
async function examine(runtime, name, isAsync = false) {
  const count = String(isAsync ? COUNTS.async : COUNTS.sync);
  const runs = [];
  do {
    const worker = join(folder, 'timing-worker.mjs');
    runs.push(JSON.parse(await runNode(runtime, [worker, name, count])));
  } while (runs.length < RUNS && Math.abs(runs.at(-1).t) >= THRESHOLD);
  const signs = new Set(runs.map(({ t }) => (Math.abs(t) < THRESHOLD ? 0 : Math.sign(t))));
  return { runs, differs: signs.size === 1 && !signs.has(0) };
}

async function runNode(runtime, options) {
  const { stdout } = await promisify(execFile)(runtime, options);
  return stdout.trim();
}

function line({ kind, title, runs, differs }, good) {
  const weakest = runs.reduce((a, b) => (Math.abs(b.t) < Math.abs(a.t) ? b : a));
  const verdict = differs ? (kind === 'control' ? 'caught' : 'LEAK') : kind === 'control' ? 'MISSED' : 'none';
  const t = `t = ${weakest.t.toFixed(1)}`;
  const size = differs
    ? `${weakest.difference.toFixed(1)} ns`
    : `visible from ${weakest.visible.toPrecision(2)} ns`;
  return `  ${good ? 'ok  ' : 'FAIL'} ${verdict.padEnd(6)} ${t.padEnd(12)} ${kind}: ${title} (${size} of ${weakest.median.toFixed(0)} ns, runs: ${runs.length})`;
}
