// Coverage, then mutation testing, of all of src/ or of the files named. A mutant that no test notices is
// either listed in equivalent.json, with the reason why no test can, or named here as a failure.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installDependencies, root } from '../tools/install.mjs';

const folder = fileURLToPath(new URL('.', import.meta.url));
const MINIMUM_SCORE = 95;

installDependencies(folder);
linkCoverageProvider();
run('node_modules/vitest/vitest.mjs', ['run', '--config', 'test/mutation/coverage.config.ts']);
rmSync(join(root, '.cache/mutation.json'), { force: true });
run(join(relative(root, folder), 'node_modules/@stryker-mutator/core/bin/stryker.js'), [
  'run',
  'test/mutation/stryker.config.mjs',
  ...(process.argv.length > 2 ? ['--mutate', process.argv.slice(2).join()] : []),
]);

const { files } = JSON.parse(readFileSync(join(root, '.cache/mutation.json'), 'utf8'));
const equivalent = JSON.parse(readFileSync(join(folder, 'equivalent.json'), 'utf8'));
const listed = new Map(equivalent.map((entry) => [keyOf(entry), entry]));

let caught = 0;
let survived = 0;
let broken = 0;
const unlisted = [];
for (const [file, { source, mutants }] of Object.entries(files)) {
  const lines = source.split('\n');
  for (const { location, replacement, status, statusReason } of mutants) {
    const mutant = { file, code: codeAt(lines, location), replacement };
    if (status === 'Killed' || status === 'Timeout') {
      caught++;
      // On a slow machine one that changes nothing may run out of time: that is no reason to unlist it.
      if (status === 'Timeout') listed.delete(keyOf(mutant));
    } else if (status === 'Survived' || status === 'NoCoverage') {
      survived++;
      if (!listed.delete(keyOf(mutant))) unlisted.push({ ...mutant, line: location.start.line });
    } else {
      // Neither caught nor missed, as when the runner breaks down: it would be left out of the score.
      broken++;
      console.log(`${status}:`, JSON.stringify(mutant), String(statusReason).slice(0, 200));
    }
  }
}

for (const mutant of unlisted) console.log('survived, not listed:', JSON.stringify(mutant));
const stale = [...listed.values()].filter(({ file }) => file in files);
for (const entry of stale) console.log('listed, but caught or gone:', JSON.stringify(entry));
const score = (100 * caught) / (caught + survived);
const problems = broken + unlisted.length + stale.length + (score < MINIMUM_SCORE ? 1 : 0);
console.log(
  `score ${score.toFixed(2)} %: ${caught} mutants caught, ${survived} survived, ${unlisted.length} not listed`,
);
console.log(`mutation: ${caught} passed, ${problems} failed`);
process.exitCode = problems > 0 ? 1 : 0;

/** What tells a mutant apart: the file, the line or lines it stands in, and what it becomes. */
function keyOf({ file, code, replacement }) {
  return JSON.stringify([file, code, replacement]);
}

function codeAt(lines, { start, end }) {
  const line = lines[start.line - 1].trim();
  const text =
    start.line === end.line
      ? lines[start.line - 1].slice(start.column - 1, end.column - 1)
      : `${lines[start.line - 1].slice(start.column - 1)} …`;
  return text === line ? text : `${text}  in  ${line}`;
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
