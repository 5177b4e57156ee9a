// Coverage, then mutation testing, of all of src/ or of the files named. A mutant that no test notices is
// either listed in equivalent.json, with the reason why no test can, or named here as a failure.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join, relative } from 'node:path';
import { installDependencies, root } from '../tools/install.mjs';

const folder = import.meta.dirname;
const MINIMUM_SCORE = 95;

installDependencies(folder);
linkCoverageProvider();
run('node_modules/vitest/vitest.mjs', [
  ...['run', '--config', 'test/vitest.config.ts', '--coverage', '--coverage.include=src/**'],
  ...['--coverage.thresholds.100', '--coverage.reporter=text', '--coverage.reportsDirectory=.cache/coverage'],
]);
rmSync(join(root, '.cache/mutation.json'), { force: true });
const stryker = join(relative(root, folder), 'node_modules/@stryker-mutator/core/bin/stryker.js');
const only = process.argv.length > 2 ? ['--mutate', process.argv.slice(2).join()] : [];
run(stryker, ['run', 'test/mutation/stryker.config.mjs', ...only]);

const { files } = JSON.parse(readFileSync(join(root, '.cache/mutation.json'), 'utf8'));
const equivalent = JSON.parse(readFileSync(join(folder, 'equivalent.json'), 'utf8'));
const listed = new Set(
  Object.entries(equivalent).flatMap(([file, reasons]) => {
    const mutants = file in files ? Object.values(reasons).flat() : [];
    return mutants.map((one) => `${file}: ${one}`);
  }),
);
const found = new Set();

let [caught, survived, problems] = [0, 0, 0];
for (const [file, { source, mutants }] of Object.entries(files)) {
  const lines = source.split('\n');
  for (const { location, replacement, status, statusReason } of mutants) {
    const mutant = `${file}: ${codeAt(lines, location)}  =>  ${replacement}`;
    // On a slow machine one that changes nothing may run out of time: that is no reason to unlist it.
    if (status !== 'Killed' && listed.has(mutant)) found.add(mutant);
    else if (status !== 'Killed' && status !== 'Timeout') {
      // Neither caught nor missed where the runner broke down: it would be left out of the score.
      const reason = statusReason?.slice(0, 200) ?? '';
      console.log(`${status}, not listed: line ${location.start.line} of ${mutant}`, reason);
      problems++;
    }
    if (status === 'Killed' || status === 'Timeout') caught++;
    else if (status === 'Survived' || status === 'NoCoverage') survived++;
  }
}

for (const mutant of listed) {
  if (found.has(mutant)) continue;
  console.log(`listed, but caught or gone: ${mutant}`);
  problems++;
}
const score = (100 * caught) / (caught + survived);
if (score < MINIMUM_SCORE) problems++;
console.log(`score ${score.toFixed(2)} %: ${caught} caught, ${survived} survived, ${problems} problems`);
process.exitCode = problems > 0 ? 1 : 0;

/** What is changed, and the line it stands in. */
function codeAt(lines, { start, end }) {
  const line = lines[start.line - 1];
  const rest = `${line.slice(start.column - 1)} …`;
  const text = start.line === end.line ? line.slice(start.column - 1, end.column - 1) : rest;
  return text === line.trim() ? text : `${text}  in  ${line.trim()}`;
}

/** Vitest looks for its coverage provider beside itself, and the root's packages stay few. */
function linkCoverageProvider() {
  const link = join(root, 'node_modules/@vitest/coverage-v8');
  if (existsSync(link)) return;
  mkdirSync(join(root, 'node_modules/@vitest'), { recursive: true });
  symlinkSync(join(folder, 'node_modules/@vitest/coverage-v8'), link, 'junction');
}

function run(script, args) {
  // Fewer random cases: a mutant should be caught by an example.
  const env = { ...process.env, FAST_CHECK_RUNS: '20' };
  const { status } = spawnSync(process.execPath, [script, ...args], { cwd: root, stdio: 'inherit', env });
  if (status !== 0) throw new Error(`${script} failed`);
}
