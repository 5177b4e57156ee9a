// The package as it lies in an app's node_modules, and the root of the repository it comes from.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, relative, sep } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { root } from '../tools/install.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const { OTPURE_APP: app, OTPURE_TARBALL: tarball } = process.env;
const installed = join(app, 'node_modules', 'otpure');

const readJson = (path) => JSON.parse(readFileSync(path, 'utf8'));

/** All files below a folder, by their path with slashes, sorted. */
function listFiles(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort();
}

test('the tarball holds dist, README, LICENSE, package.json and nothing else', () => {
  const files = listFiles(installed).filter((file) => !file.startsWith('dist/'));
  assert.deepEqual(files, ['LICENSE', 'README.md', 'package.json']);
});

test('dist holds the entry, and JavaScript and types of the modules of src only', () => {
  const modules = readdirSync(join(root, 'src')).map((file) => file.replace(/\.ts$/, ''));
  const built = new Set(modules.flatMap((name) => [`${name}.js`, `${name}.d.ts`]));
  const files = listFiles(join(installed, 'dist'));
  assert.deepEqual(
    files.filter((file) => !built.has(file)),
    [],
  );
  assert.deepEqual(
    ['index.d.ts', 'index.js'].filter((file) => !files.includes(file)),
    [],
  );
});

test('the package has less than 80 kB unpacked', () => {
  const size = listFiles(installed).reduce(
    (sum, file) => sum + readFileSync(join(installed, file)).length,
    0,
  );
  assert.ok(size < 80_000, `${size} bytes`);
});

test('npm installed one package: there are no dependencies', () => {
  assert.deepEqual(
    readdirSync(join(app, 'node_modules')).filter((name) => !name.startsWith('.')),
    ['otpure'],
  );
});

test('package.json asks for no dependency, no script at install and Node from 20.19 on', () => {
  const { dependencies, peerDependencies, optionalDependencies, scripts, ...manifest } = readJson(
    join(installed, 'package.json'),
  );
  assert.deepEqual({ ...dependencies, ...peerDependencies, ...optionalDependencies }, {});
  for (const hook of ['preinstall', 'install', 'postinstall', 'prepare'])
    assert.equal(scripts?.[hook], undefined);
  const { name, type, license, sideEffects, engines, exports } = manifest;
  assert.deepEqual(
    { name, type, license, sideEffects, engines },
    { name: 'otpure', type: 'module', license: 'MIT', sideEffects: false, engines: { node: '>=20.19' } },
  );
  // Types first: TypeScript takes the first condition that fits.
  assert.deepEqual(Object.keys(exports), ['.']);
  assert.deepEqual(Object.keys(exports['.']), ['types', 'default']);
});

test('no file points to a source map or to a place on the machine that built it', () => {
  for (const file of listFiles(installed)) {
    const text = readFileSync(join(installed, file), 'utf8');
    assert.doesNotMatch(text, /sourceMappingURL|sourcesContent|file:\/\//, file);
    // A root of "/", as in some containers' home, would be found in every file.
    for (const place of [root, app, homedir()].filter((path) => path.length > 1)) {
      assert.ok(!text.includes(place), file);
    }
  }
});

test('only node:crypto is imported from outside the package', () => {
  const specifiers = new Set();
  for (const file of listFiles(installed).filter((name) => /\.(?:js|d\.ts)$/.test(name))) {
    const text = readFileSync(join(installed, file), 'utf8');
    for (const [, name] of text.matchAll(/\b(?:from|import|require)\s*\(?\s*['"]([^'"]+)['"]/g)) {
      if (!name.startsWith('./') && name !== 'otpure') specifiers.add(name);
    }
  }
  assert.deepEqual([...specifiers], ['node:crypto']);
});

const run = (tool, args) =>
  execFileSync(process.execPath, [join(here, 'node_modules', tool), ...args], { encoding: 'utf8' });

test('publint finds nothing, suggestions included', () => {
  assert.match(run('publint/src/cli.js', ['run', '--strict', tarball]), /All good!/);
});

test('are-the-types-wrong finds nothing', () => {
  // esm-only leaves out what no ESM-only package can pass: the resolution of Node 10, which knows no
  // `exports`, and the note that require() gives an ES module, which Node loads from 20.19 on.
  const args = [tarball, '--profile', 'esm-only', '--no-definitely-typed', '--format', 'json'];
  const { analysis, problems } = JSON.parse(run('@arethetypeswrong/cli/dist/index.js', args));
  assert.deepEqual(Object.keys(analysis.entrypoints), ['.']);
  assert.deepEqual(Object.keys(problems).sort(), ['CJSResolvesToESM', 'NoResolution']);
  assert.deepEqual(
    problems.NoResolution.map(({ resolutionKind }) => resolutionKind),
    ['node10'],
  );
});

const VISIBLE = [
  'LICENSE',
  'README.md',
  'bench',
  'package-lock.json',
  'package.json',
  'src',
  'test',
  'tsconfig.json',
];

test('the root has the visible files of the contract and no other', () => {
  const ignored = readFileSync(join(root, '.gitignore'), 'utf8')
    .split(/\r?\n/)
    .map((line) => line.replace(/\/$/, ''));
  const visible = readdirSync(root).filter((name) => !name.startsWith('.') && !ignored.includes(name));
  assert.deepEqual(visible.sort(), VISIBLE);
});

test('the root needs TypeScript, Vitest, fast-check and Biome to be developed, and nothing else', () => {
  const { dependencies, devDependencies } = readJson(join(root, 'package.json'));
  assert.deepEqual(dependencies ?? {}, {});
  assert.deepEqual(Object.keys(devDependencies).sort(), [
    '@biomejs/biome',
    '@types/node',
    'fast-check',
    'typescript',
    'vitest',
  ]);
});
