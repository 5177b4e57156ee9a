// How fast: otpure, its peers, and the least that the machine can do, in one run. README.md says how to read it.
//
//   node bench/speed.mjs [--only GROUP[,GROUP]] [--runtimes 20,24,26] [--quick]
import { execFileSync } from 'node:child_process';
import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { findRuntimes, install, shuffle } from './common.mjs';

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    runtimes: { type: 'string' },
    quick: { type: 'boolean' },
    worker: { type: 'boolean' },
  },
});

// Milliseconds a turn and a warm-up take, at least. A brief run shows that everything works and is right.
const { PROCESSES, CYCLES, ROUNDS, TURN, WARM_UP } = values.quick
  ? { PROCESSES: 1, CYCLES: 0, ROUNDS: 1, TURN: 0.2, WARM_UP: 1 }
  : { PROCESSES: 3, CYCLES: 2, ROUNDS: 41, TURN: 1, WARM_UP: 50 };

const holder = { value: undefined };
let loops = 0;

if (values.worker) console.log(JSON.stringify(await measureGroups()));
else compareAll();

function compareAll() {
  install();
  console.log(`${cpus()[0].model.trim()}, ${cpus().length} cores, load ${loadavg()[0].toFixed(1)}`);
  let missed = 0;
  for (const runtime of findRuntimes(values.runtimes)) {
    const { versions, groups } = runWorkers(runtime);
    const { node, v8, openssl } = versions;
    console.log(`\nNode ${node}, V8 ${v8}, OpenSSL ${openssl}: median, spread, × the first`);
    for (const group of groups) printGroup(group);
    if (values.quick) continue;
    console.log(`\nLimits on Node ${node}`);
    for (const group of groups) for (const limit of group.limits ?? []) missed += printLimit(group, limit);
  }
  const verdict = values.quick ? 'All results are right' : `Limits missed: ${missed}`;
  console.log(`\n${verdict}. Load ${loadavg()[0].toFixed(1)} at the end.`);
  if (missed > 0) process.exitCode = 1;
}

/** Several processes: the engine decides anew in each what it compiles and how, now and then to one's disadvantage. */
function runWorkers(runtime) {
  const options = ['--no-deprecation', import.meta.filename, '--worker', ...process.argv.slice(2)];
  const output = { encoding: 'utf8', maxBuffer: 2 ** 28, stdio: ['ignore', 'pipe', 'inherit'] };
  const runs = Array.from({ length: PROCESSES }, () => JSON.parse(execFileSync(runtime, options, output)));
  return runs.reduce((all, { groups }) => {
    for (const [i, { contenders }] of groups.entries()) {
      for (const [j, { samples }] of contenders.entries())
        all.groups[i].contenders[j].samples.push(...samples);
    }
    return all;
  });
}

/**
 * Nanoseconds a call for each contender, a number a round. Other programs disturb a machine for seconds at a time, so
 * contenders take turns in an order drawn anew each round, and so do groups, in cycles. The first cycle is not counted:
 * what runs in one group may undo what was compiled for another.
 */
async function measureGroups() {
  const { createGroups, refreshCodes } = await import('./speed-cases.mjs');
  const all = await createGroups();
  const wanted = values.only?.split(',') ?? [''];
  const groups = all.filter(({ id }) => wanted.some((name) => id.startsWith(name)));
  if (groups.length === 0) throw new Error(`--only: one of ${all.map(({ id }) => id).join(', ')}`);
  for (const { id, contenders } of groups) {
    for (const contender of contenders) {
      await checkResult(id, contender, refreshCodes);
      const end = performance.now() + WARM_UP;
      do await calibrate(contender);
      while (performance.now() < end);
    }
  }
  for (let cycle = 0; cycle <= CYCLES; cycle++) {
    for (const { contenders, rounds = ROUNDS } of groups) {
      for (let round = 0; round < Math.min(rounds, ROUNDS); round++) {
        refreshCodes();
        for (const contender of shuffle(contenders)) {
          if (cycle === 0) await calibrate(contender);
          if (cycle > 0 || CYCLES === 0) contender.samples.push(await timeTurn(contender));
        }
      }
    }
  }
  return { versions: process.versions, groups };
}

/** Twice: a time step that ended between a call and its check may excuse the first failure, not the second. */
async function checkResult(id, contender, refreshCodes) {
  const { name, fn, args, check } = contender;
  for (let attempt = 1; attempt <= 2; attempt++) {
    refreshCodes();
    const result = fn(args[0], args[1], 0);
    Object.assign(contender, { loop: createLoop(result instanceof Promise), count: 1, samples: [] });
    if (check(await result)) return;
  }
  throw new Error(`${id}: ${name} gave a wrong result`);
}

/**
 * A loop of its own for each contender: one shared by all would be compiled for none of them. The number in it keeps the
 * engine from taking equal sources for one, and the result goes where the compiler must keep it.
 */
function createLoop(isAsync) {
  const call = isAsync ? 'await fn(a, b, i)' : 'fn(a, b, i)';
  const body = `for (let i = 0; i < count; i++) holder.value = ${call}; /* ${loops++} */`;
  return new Function('holder', `return ${isAsync ? 'async' : ''} (fn, [a, b], count) => { ${body} }`)(
    holder,
  );
}

async function timeTurn({ loop, fn, args, count, timesItself }) {
  if (timesItself) return fn(...args);
  const start = process.hrtime.bigint();
  const pending = loop(fn, args, count);
  if (pending !== undefined) await pending;
  return Number(process.hrtime.bigint() - start) / count;
}

async function calibrate(contender) {
  const perCall = await timeTurn(contender);
  contender.count = Math.max(1, Math.min(2 * contender.count, Math.round((TURN * 1e6) / perCall)));
}

function printGroup({ id, contenders }) {
  console.log(`\n${id}`);
  const [{ samples: first }] = contenders;
  const sorted = contenders.toSorted((a, b) => median(a.samples) - median(b.samples));
  for (const { name, samples, floor } of sorted) {
    const spread = (quantile(samples, 0.75) - quantile(samples, 0.25)) / 2 / median(samples);
    const cells = [time(median(samples)), `${(100 * spread).toFixed(0)} %`, ratio(samples, first).toFixed(2)];
    const figures = cells.map((cell) => cell.padStart(9)).join('');
    console.log(`  ${name.padEnd(40)}${figures}${floor ? '  (floor)' : ''}`);
  }
}

/** The pair that comes closest to the limit, or is furthest beyond it. */
function printLimit({ id, contenders }, { own = '', against, most }) {
  const isOurs = ({ name }) => name.startsWith('otpure');
  const isOther = (each) => !isOurs(each) && (against ? each.name.includes(against) : !each.floor);
  const others = contenders.filter(isOther);
  const [worst] = contenders
    .filter((each) => isOurs(each) && each.name.includes(own))
    .flatMap((ours) => others.map((other) => ({ ours, other, value: ratio(ours.samples, other.samples) })))
    .sort((a, b) => b.value - a.value);
  const isMet = worst.value <= most;
  const distance = `${Math.abs(100 * (worst.value / most - 1)).toFixed(0)} % ${isMet ? 'below' : 'above'}`;
  const verdict = `${isMet ? 'met   ' : 'MISSED'} ${worst.value.toFixed(2)} of at most ${most.toFixed(2)}, ${distance}`;
  console.log(`  ${verdict.padEnd(44)} ${id}: ${worst.ours.name} / ${worst.other.name}`);
  return isMet ? 0 : 1;
}

/** Within each round, where both sides met the same disturbance. */
function ratio(samples, others) {
  return median(samples.map((sample, round) => sample / others[round]));
}

function median(numbers) {
  return quantile(numbers, 0.5);
}

function quantile(numbers, q) {
  return numbers.toSorted((a, b) => a - b)[Math.round(q * (numbers.length - 1))];
}

function time(nanoseconds) {
  if (nanoseconds < 1000) return `${nanoseconds.toPrecision(3)} ns`;
  if (nanoseconds < 1e6) return `${(nanoseconds / 1e3).toPrecision(3)} µs`;
  return `${(nanoseconds / 1e6).toPrecision(3)} ms`;
}
