// Runs the list of properties for as long as asked, with new seeds each time:
//
//   npm run fuzz -- [--seconds 60] [--only NAME] [--seed N] [--path P]
//
// A failure prints the command that replays it; once understood, its input belongs into test/vectors/findings.json.
import { spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const text = { type: 'string', default: '' };
const options = { seconds: { ...text, default: '60' }, only: text, seed: text, path: text };
const { seconds, only, seed, path } = parseArgs({ options }).values;
const FAST_CHECK_SEED = seed || String(randomInt(2 ** 31));
if (!(Number(seconds) > 0) || !/^-?\d+$/.test(FAST_CHECK_SEED))
  throw new Error('--seconds and --seed are numbers');
console.log(`seed ${FAST_CHECK_SEED}, ${seconds} s, Node.js ${process.version}`);

const root = fileURLToPath(new URL('../..', import.meta.url));
const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--config', 'test/vitest.config.ts'];
const flags = ['test/properties.test.ts', '--testTimeout', '0', '--disableConsoleIntercept'];
const env = { ...process.env, FUZZ_SECONDS: seconds, FUZZ_ONLY: only, FUZZ_PATH: path, FAST_CHECK_SEED };
process.exitCode =
  spawnSync(process.execPath, [...vitest, ...flags], { cwd: root, stdio: 'inherit', env }).status ?? 1;
