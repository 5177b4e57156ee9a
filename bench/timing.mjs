// Does the time tell anything? Searches what handles secrets for timing leaks. README.md says how to read it.
//
//   node bench/timing.mjs [--only TARGET] [--runtimes 20,24,26] [--quick]
import { execFileSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { findRuntimes, install, shuffle } from './common.mjs';

const [text, flag] = [{ type: 'string' }, { type: 'boolean' }];
const options = { only: text, runtimes: text, quick: flag };
const { values, positionals } = parseArgs({ allowPositionals: true, options });

// An asynchronous call takes a hundred times as long, most of it on the way to another thread and back.
const [COUNT, ASYNC_COUNT] = values.quick ? [60_000, 10_000] : [1_000_000, 300_000];
// What counts as a leak: with any number of timings, equal times stay far below.
const THRESHOLD = 10;
const RUNS = 3;
// Interruptions make a long upper tail that hides small differences. The slowest timings are left out at several limits,
// because which one shows a difference best depends on where it lies.
const CROPS = [0.5, 0.75, 0.9, 0.95, 0.99, 1];

if (positionals.length > 0) console.log(JSON.stringify(await timeCase(...positionals)));
else await searchAll();

async function searchAll() {
  install();
  const { CASES } = await import('./timing-cases.mjs');
  const cases = CASES.filter(({ name, kind }) => kind !== 'target' || name.startsWith(values.only ?? ''));
  if (cases.every(({ kind }) => kind !== 'target')) throw new Error(`--only: no target ${values.only}`);
  let failed = 0;
  // A brief run has two minutes, enough for one runtime on a busy machine.
  for (const runtime of findRuntimes(values.runtimes ?? (values.quick ? '' : '20,24,26'))) {
    const version = run(runtime, '--print', 'process.versions.node');
    console.log(`Node ${version}, |t| ≥ ${THRESHOLD} is a difference`);
    for (const each of cases) if (!examine(runtime, each)) failed++;
  }
  console.log(failed === 0 ? 'No leak found, and all controls seen.' : `${failed} failed`);
  if (failed > 0) process.exitCode = 1;
}

/** A difference counts if it is found in each of three runs, in the same direction. */
function examine(runtime, { name, kind, title }) {
  const runs = [];
  do runs.push(JSON.parse(run(runtime, import.meta.filename, name, ...(values.quick ? ['--quick'] : []))));
  while (runs.length < RUNS && Math.abs(runs.at(-1).t) >= THRESHOLD);
  const signs = new Set(runs.map(({ t }) => (Math.abs(t) < THRESHOLD ? 0 : Math.sign(t))));
  const differs = signs.size === 1 && !signs.has(0);
  const isGood = differs === (kind === 'control');
  const { t, difference, visible, median } = runs.reduce((a, b) => (Math.abs(b.t) < Math.abs(a.t) ? b : a));
  const size = differs ? `${difference.toFixed(1)} ns` : `visible from ${visible.toPrecision(2)} ns`;
  const verdict = `${isGood ? 'ok  ' : 'FAIL'} ${differs ? 'leak' : 'none'}  t = ${t.toFixed(1).padEnd(8)}`;
  const details = `${size} of ${median.toFixed(0)} ns, runs: ${runs.length}`;
  console.log(`  ${verdict} ${kind} ${name}: ${title} (${details})`);
  if (!isGood && kind !== 'target')
    throw new Error('the search misses a leak that is there, or sees one that is not');
  return isGood;
}

function run(runtime, ...options) {
  return execFileSync(runtime, options, { encoding: 'utf8' }).trim();
}

/** A process a case, so that none is compiled for the inputs of another. */
async function timeCase(name) {
  const { CASES } = await import('./timing-cases.mjs');
  const { create, run, check, isAsync } = CASES.find((each) => each.name === name);
  const count = isAsync ? ASYNC_COUNT : COUNT;
  const times = [[], []];
  // The first ones are not counted: they run before the engine has compiled them. Inputs are made anew all the time: where
  // in memory they happen to lie would otherwise favour a class.
  for (let done = -Math.min(count, 30_000); done < count; ) {
    const pool = Array.from({ length: 512 }, () => {
      const kind = Math.random() < 0.5 ? 0 : 1;
      return { kind, input: create(kind) };
    });
    for (const { kind, input } of [pool, pool, pool, pool].flatMap(shuffle)) {
      const start = process.hrtime.bigint();
      const pending = run(input);
      const result = isAsync ? await pending : pending;
      const time = Number(process.hrtime.bigint() - start);
      if (!check(result, kind)) throw new Error(`${name} gave a wrong result`);
      if (done++ >= 0) times[kind].push(time);
    }
  }
  return compareClasses(times);
}

/**
 * The clearest difference between the two classes at any crop: `t`, positive where class 1 is slower; the `difference` of
 * the means in nanoseconds; and the least difference that would have counted, `visible`.
 */
function compareClasses(times) {
  const sorted = Float64Array.from(times.flat()).sort();
  const found = CROPS.map((crop) => welch(times, sorted[Math.ceil(sorted.length * crop) - 1]));
  const clearest = found.reduce((a, b) => (Math.abs(b.t) > Math.abs(a.t) ? b : a));
  const visible = THRESHOLD * Math.min(...found.map(({ error }) => error));
  return { ...clearest, visible, median: sorted[sorted.length >> 1] };
}

function welch(times, limit) {
  const [first, second] = times.map((all) => {
    const kept = all.filter((time) => time <= limit);
    const mean = kept.reduce((sum, time) => sum + time, 0) / kept.length;
    const squares = kept.reduce((sum, time) => sum + (time - mean) ** 2, 0);
    return { mean, variance: squares / (kept.length - 1) / kept.length };
  });
  const difference = second.mean - first.mean;
  const error = Math.sqrt(first.variance + second.variance);
  return { t: error > 0 ? difference / error : 0, difference, error };
}
