// The benchmark: otpure beside its peers, under each runtime. See README.md.
//
//   node bench/run.mjs [--quick] [--json FILE] [--markdown FILE] [--runtimes 20,24,26]
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { findRuntimes, folder, install } from './install.mjs';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'string' },
    markdown: { type: 'string' },
    runtimes: { type: 'string' },
  },
});

await install();
// Only now: these import packages that the installation brings.
const { checkBars } = await import('./bars.mjs');
const { CRYPTO_ONLY, measureImports } = await import('./cold.mjs');
const { measureOpenssl } = await import('./openssl.mjs');
const { machineText, runtimeText, toMarkdown } = await import('./report.mjs');
const { measureSize } = await import('./size.mjs');

const PROCESSES = 3;
const PACKAGES = ['otpure', 'otplib', 'otpauth', '@oslojs/otp', '@epic-web/totp', 'speakeasy', 'notp'];

const run = {
  date: new Date().toISOString().slice(0, 10),
  machine: { processor: cpus()[0].model.trim(), cores: cpus().length, load: loadavg()[0] },
  openssl: measureOpenssl(values.quick ? 1 : 3),
  sizes: PACKAGES.map(measureSize),
  runtimes: [],
};
let checked = 0;
for (const runtime of findRuntimes(values.runtimes?.split(','))) {
  const result = await runWorkers(runtime);
  result.imports = measureImports(runtime, ['node:crypto', CRYPTO_ONLY, ...PACKAGES], values.quick ? 1 : 21);
  run.runtimes.push(result);
  for (const { contenders } of result.groups) checked += contenders.length;
  // A brief run shows that everything works and returns what is right; its times mean nothing.
  if (values.quick) {
    console.log(`Node ${result.versions.node}: ${result.groups.length} groups checked and run`);
  } else {
    result.bars = checkBars(result);
    console.log(runtimeText(result, run));
  }
}
console.log(values.quick ? `${checked} passed, 0 failed` : machineText(run));
if (values.json) writeFileSync(values.json, `${JSON.stringify(run)}\n`);
if (values.markdown) writeFileSync(values.markdown, toMarkdown(run));

/**
 * In processes of their own, which throw if a contender gives a wrong result. In several, because the
 * engine decides anew in each what it compiles and how, and now and then to one contender's disadvantage.
 */
async function runWorkers(runtime) {
  const results = [];
  for (let i = 0; i < (values.quick ? 1 : PROCESSES); i++) {
    const { stdout } = await promisify(execFile)(
      runtime,
      ['--no-deprecation', join(folder, 'worker.mjs'), ...(values.quick ? ['--quick'] : [])],
      { maxBuffer: 2 ** 28 },
    );
    results.push(JSON.parse(stdout));
  }
  return results.reduce((merged, { groups, growth }) => {
    for (const [i, { contenders }] of groups.entries()) append(merged.groups[i].contenders, contenders);
    for (const [i, { points }] of growth.entries()) append(merged.growth[i].points, points);
    return merged;
  });
}

function append(lanes, others) {
  for (const [i, { samples }] of others.entries()) lanes[i].samples.push(...samples);
}
