// How fast: otpure, its peers, and the least that the machine can do, in one run. README.md says how to read it.
//
//   node bench/speed.mjs [--only GROUP[,GROUP]] [--runtimes 20,24,26] [--quick] [--chart]
import { execFileSync } from 'node:child_process';
import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { findRuntimes, install, shuffle } from './common.mjs';

const [text, flag] = [{ type: 'string' }, { type: 'boolean' }];
const options = { only: text, runtimes: text, quick: flag, chart: flag, worker: flag };
const { values } = parseArgs({ options });
if (values.chart) values.only = 'generate,verify';

// TURN and WARM_UP are milliseconds, at least. The first cycle of groups isn't counted.
const EFFORTS = {
  // Shows that everything works and is right.
  quick: { PROCESSES: 1, CYCLES: 1, ROUNDS: 1, TURN: 0.2, WARM_UP: 1 },
  // Less than 90 seconds.
  usual: { PROCESSES: 3, CYCLES: 2, ROUNDS: 25, TURN: 0.5, WARM_UP: 30 },
  certain: { PROCESSES: 3, CYCLES: 3, ROUNDS: 41, TURN: 1, WARM_UP: 50 },
};
const effort = values.quick ? 'quick' : values.runtimes ? 'certain' : 'usual';
const { PROCESSES, CYCLES, ROUNDS, TURN, WARM_UP } = EFFORTS[effort];

const holder = { value: undefined };
let loops = 0;

if (values.worker) console.log(JSON.stringify(await measureGroups()));
else compareAll();

function compareAll() {
  install();
  console.log(`${cpus()[0].model.trim()}, ${cpus().length} cores, load ${loadavg()[0].toFixed(1)}`);
  const rows = [];
  for (const runtime of findRuntimes(values.runtimes)) {
    const { versions, groups } = runWorkers(runtime);
    const { node, v8, openssl } = versions;
    console.log(`\nNode ${node}, V8 ${v8}, OpenSSL ${openssl}: median, spread, × the first`);
    groups.forEach(values.chart ? printChart : printGroup);
    for (const group of groups) for (const limit of group.limits ?? []) rows.push(judge(node, group, limit));
  }
  console.log(`\nLoad ${loadavg()[0].toFixed(1)} at the end.`);
  if (values.quick) console.log('All results are right. Times were not measured.');
  else printSummary(rows);
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
      while (!contender.timesItself && performance.now() < end);
    }
  }
  for (let cycle = 1; cycle <= CYCLES; cycle++) {
    for (const { contenders, rounds } of groups) {
      // Groups with few rounds are slow: what was compiled matters little to them.
      const isCounted = cycle > 1 || CYCLES === 1;
      if (rounds && !isCounted) continue;
      for (let round = 0; round < Math.min(rounds ?? ROUNDS, ROUNDS); round++) {
        refreshCodes();
        for (const contender of shuffle(contenders)) {
          if (isCounted) contender.samples.push(await timeTurn(contender));
          else await calibrate(contender);
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
    const result = fn(...args);
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
  const call = isAsync ? 'await fn(a, b)' : 'fn(a, b)';
  const body = `for (let i = 0; i < count; i++) holder.value = ${call}; /* ${loops++} */`;
  return new Function('holder', `return ${isAsync ? 'async' : ''} (fn, [a, b], count) => { ${body} }`)(
    holder,
  );
}

async function timeTurn({ loop, fn, args, count, timesItself }) {
  if (timesItself) return fn(...args);
  const start = process.cpuUsage();
  const pending = loop(fn, args, count);
  if (pending !== undefined) await pending;
  const { user, system } = process.cpuUsage(start);
  return (1000 * (user + system)) / count;
}

async function calibrate(contender) {
  const perCall = await timeTurn(contender);
  // Too short to be measured: zero.
  const wanted = perCall === 0 ? Infinity : Math.round((TURN * 1e6) / perCall);
  contender.count = Math.max(1, Math.min(2 * contender.count, wanted));
}

/** A bar chart that GitHub draws (Mermaid). A bar of 50 would leave nothing to see of the others. */
function printChart({ id, contenders }) {
  const bars = contenders
    .filter(({ name, floor }) => !floor && !/(previous|wrong) code$/.test(name))
    .map(({ name, samples }) => [name.split(', ')[0], ratio(samples, contenders[0].samples)])
    .filter(([, value]) => value < 50)
    .sort(([, a], [, b]) => a - b);
  console.log(`\n\`\`\`mermaid\nxychart-beta horizontal\n  title "${id}: time, otpure = 1"`);
  console.log(`  x-axis ${JSON.stringify(bars.map(([name]) => name))}`);
  console.log(`  bar [${bars.map(([, value]) => value.toFixed(1)).join(', ')}]\n\`\`\``);
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
function judge(node, { id, contenders }, { own = '', against, most }) {
  const isOurs = ({ name }) => name.startsWith('otpure');
  const isOther = (each) => !isOurs(each) && (against ? each.name.includes(against) : !each.floor);
  const others = contenders.filter(isOther);
  const [{ ours, other, value }] = contenders
    .filter((each) => isOurs(each) && each.name.includes(own))
    .flatMap((ours) => others.map((other) => ({ ours, other, value: ratio(ours.samples, other.samples) })))
    .sort((a, b) => b.value - a.value);
  const isMet = value <= most;
  const figures = [isMet ? 'ok    ' : 'MISSED', value.toFixed(2), '≤', most.toFixed(2)].join(' ');
  return { isMet, line: `  ${figures}  Node ${node.split('.')[0]}  ${id}: ${ours.name} / ${other.name}` };
}

function printSummary(rows) {
  console.log('\nSummary: the time of otpure by that of a peer or a floor, at most the number after ≤.\n');
  for (const { line } of rows) console.log(line);
  const missed = rows.filter(({ isMet }) => !isMet).length;
  const all = missed === 0 ? `ok: all ${rows.length}` : `MISSED: ${missed} of ${rows.length}`;
  console.log(`\n${all} limits`);
  if (missed > 0) process.exitCode = 1;
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
