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
const { measureImports } = await import('./cold.mjs');
const { measureOpenssl } = await import('./openssl.mjs');
const { machineText, runtimeText, toMarkdown } = await import('./report.mjs');
const { measureSize } = await import('./size.mjs');

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
  const result = await runWorker(runtime);
  result.imports = measureImports(runtime, ['node:crypto', ...PACKAGES], values.quick ? 1 : 21);
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

/** In a process of its own, which throws if a contender gives a wrong result. */
async function runWorker(runtime) {
  const options = values.quick ? ['--quick'] : [];
  const { stdout } = await promisify(execFile)(
    runtime,
    ['--no-deprecation', join(folder, 'worker.mjs'), ...options],
    { maxBuffer: 2 ** 28 },
  );
  return JSON.parse(stdout);
}
