// Runs the suite from the packed library on every runtime, and keeps the README's table true.
//
//   node test/runtimes/run.mjs [--write]
import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { installPrivate, packTarball, root } from '../tools/install.mjs';
import { runMissing } from './missing.mjs';
import { vectorFiles } from './vectors.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const { values: options } = parseArgs({ options: { write: { type: 'boolean', default: false } } });

if (process.platform !== 'linux' || process.arch !== 'x64') {
  console.error('*** The runtimes are brought as builds for Linux on x64: nothing was run here. ***');
  console.log('runtimes: 0 passed, 0 failed, 1 skipped');
  process.exit(process.env.CI === 'true' ? 1 : 0);
}

installPrivate(here, packTarball());
const installed = join(here, 'node_modules');
const dist = join(installed, 'otpure', 'dist');
const cache = join(root, '.cache', 'runtimes');
const run = promisify(execFile);

const readJson = (...path) => JSON.parse(readFileSync(join(...path), 'utf8'));
const version = (name) => readJson(installed, name, 'package.json').version.replace(/^v/, '');

const node = (name, note = '') => ({
  name: `Node.js ${version(name)}${note}`,
  program: join(installed, name, 'bin', 'node'),
  suite: ['entry.mjs'],
  require: ['require.cjs'],
});

// Without a lock file of its own, without the network, and without more permissions than to read the vectors.
const denoFlags = [
  '--no-lock',
  '--cached-only',
  '--node-modules-dir=manual',
  `--allow-read=${join(root, 'test')}`,
];

const runtimes = [
  node('node-20-first', ' (the oldest)'),
  node('node-20'),
  node('node-22'),
  node('node-24'),
  node('node-26'),
  {
    name: `Bun ${version('@oven/bun-linux-x64')}`,
    program: join(installed, '@oven/bun-linux-x64/bin/bun'),
    suite: ['entry.mjs'],
    require: ['require.cjs'],
  },
  {
    name: `Deno ${version('@deno/linux-x64-glibc')}`,
    program: join(installed, '@deno/linux-x64-glibc/deno'),
    suite: ['run', ...denoFlags, 'entry.mjs'],
    require: ['run', ...denoFlags, 'require.cjs'],
  },
  {
    name: `workerd ${version('@cloudflare/workerd-linux-64')} (\`nodejs_compat\`)`,
    program: join(installed, '@cloudflare/workerd-linux-64/bin/workerd'),
    suite: ['test', '--no-verbose', writeWorkerdConfig()],
  },
];

/** workerd is told each module; JSON can be one. */
function writeWorkerdConfig() {
  const folder = join(cache, 'workerd');
  mkdirSync(folder, { recursive: true });
  const ours = ['worker.mjs', 'suite.mjs', 'vectors.mjs'].map((name) => [name, 'esModule', join(here, name)]);
  const library = readdirSync(dist)
    .filter((name) => name.endsWith('.js'))
    .map((name) => [`dist/${name}`, 'esModule', join(dist, name)]);
  const vectors = Object.values(vectorFiles).map((path) => [path.split('/').pop(), 'json', join(here, path)]);
  const modules = [...ours, ...library, ...vectors].map(
    ([name, kind, path]) => `(name = "${name}", ${kind} = embed "${relative(folder, path)}")`,
  );
  const config = join(folder, 'config.capnp');
  writeFileSync(
    config,
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (services = [(name = "main", worker = (
  compatibilityDate = "2025-01-01",
  compatibilityFlags = ["nodejs_compat"],
  modules = [${modules.join(',\n    ')}],
))]);
`,
  );
  return config;
}

const environment = {
  ...process.env,
  DENO_DIR: join(cache, 'deno'),
  DENO_NO_UPDATE_CHECK: '1',
  NO_COLOR: '1',
};
// What is set for this Node.js is not meant for the others.
for (const name of ['NODE_OPTIONS', 'NODE_PATH']) delete environment[name];

/** What a program printed, or why it failed. */
async function output(program, args) {
  try {
    return await run(program, args, { cwd: here, env: environment, timeout: 120_000 });
  } catch (error) {
    return { failure: `${error.message}\n${error.stdout ?? ''}`.trim() };
  }
}

/** What is not a line of workerd about the test itself. */
const warnings = (stderr) => stderr.replaceAll(/^.* debug: \[ (?:TEST|PASS) \] .*$/gm, '').trim();

/** The groups of the suite, and whether an app in CommonJS can load the library, each with its failures. */
async function runOn({ program, suite, require }) {
  const { stdout, stderr, failure } = await output(program, suite);
  const line = stdout?.split('\n').find((one) => one.startsWith('{'));
  const groups = line === undefined ? {} : JSON.parse(line);
  const loading = { passed: line === undefined ? 0 : 1, failures: [] };
  if (line === undefined) loading.failures.push(failure ?? `printed no results: ${stdout}${stderr}`);
  else if (warnings(stderr) !== '') loading.failures.push(`printed a warning: ${warnings(stderr)}`);
  const results = { import: loading, ...groups };
  if (require === undefined) return results;
  const loaded = await output(program, require);
  const right = loaded.stdout === '287082\n' && loaded.stderr === '';
  const said = loaded.failure ?? `printed ${loaded.stdout}${loaded.stderr}`;
  return { import: loading, require: { passed: right ? 1 : 0, failures: right ? [] : [said] }, ...groups };
}

let [passed, failed] = [0, 0];
function count(name, { passed: good, failures }) {
  passed += good;
  failed += failures.length;
  for (const failure of failures) console.error(`${name}: ${failure}`);
}

const all = [];
// Two at a time: most of it is scrypt.
const queue = runtimes.entries();
const worker = async () => {
  for (const [index, runtime] of queue) {
    const results = await runOn(runtime);
    all[index] = { name: runtime.name, results };
  }
};
await Promise.all([worker(), worker()]);

for (const { name, results } of all) {
  const sum = Object.values(results).reduce((total, one) => total + one.passed, 0);
  console.log(`${name}: ${sum} checks passed`);
  for (const [group, result] of Object.entries(results)) count(`${name}, ${group}`, result);
}
const oldest = `>=${version('node-20-first').replace(/\.0$/, '')}`;
const { engines } = readJson(root, 'package.json');
count('engines', {
  passed: engines.node === oldest ? 1 : 0,
  failures:
    engines.node === oldest ? [] : [`${engines.node} in package.json, but ${oldest} is what is tested`],
});
count('something missing', await runMissing(dist, join(cache, 'missing')));

const columns = [...new Set(all.flatMap(({ results }) => Object.keys(results)))];
const cell = (result) => (result === undefined ? '–' : result.failures.length === 0 ? 'yes' : '**no**');
const rows = all.map(({ name, results }) => [name, ...columns.map((column) => cell(results[column]))]);
const head = [
  '',
  ...columns.map((column) => (['import', 'require'].includes(column) ? `\`${column}\`` : column)),
];
const table = [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
console.log(`\n${table}\n`);
checkReadme(`<!-- runtimes -->\n${table}\n<!-- /runtimes -->`);

function checkReadme(block) {
  const path = join(root, 'README.md');
  const readme = readFileSync(path, 'utf8');
  const marked = /<!-- runtimes -->.*<!-- \/runtimes -->/s;
  const found = marked.exec(readme)?.[0];
  if (found !== undefined && options.write) {
    writeFileSync(
      path,
      readme.replace(marked, () => block),
    );
  }
  const failures = [];
  if (found === undefined) failures.push('the place for the table is not marked');
  else if (found !== block && !options.write)
    failures.push('the table is out of date: npm run test:runtimes -- --write');
  count('README.md', { passed: failures.length === 0 ? 1 : 0, failures });
}

console.log(`runtimes: ${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
