// The types in an app without @types/node, under the oldest and the newest TypeScript promised.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const app = process.env.OTPURE_APP;

// The same app once more as CommonJS: its imports become calls of require().
copyFileSync(join(app, 'everything.mts'), join(app, 'everything.cts'));

const NODENEXT = { module: 'nodenext', moduleResolution: 'nodenext' };
const BUNDLER = { module: 'esnext', moduleResolution: 'bundler' };
const CASES = [
  { version: '5.4', resolution: NODENEXT, file: 'everything.mts' },
  { version: '5.4', resolution: BUNDLER, file: 'everything.mts' },
  { version: '7', resolution: NODENEXT, file: 'everything.mts' },
  { version: '7', resolution: BUNDLER, file: 'everything.mts' },
  // TypeScript takes require() of an ES module from 5.8 on; before, nodenext is an error in any .cts
  // file (TS1479), whatever the package does, so 5.4 has no such case.
  { version: '7', resolution: NODENEXT, file: 'everything.cts' },
];

/** Compiles one file of the app, and nothing else, as strictly as TypeScript can. */
function compile({ version, resolution, file }, settings = {}) {
  const compilerOptions = {
    target: 'es2022',
    lib: ['es2022'],
    ...resolution,
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: false,
    types: [],
    outDir: 'out',
    ...settings,
  };
  const config = join(app, 'tsconfig.json');
  writeFileSync(config, JSON.stringify({ compilerOptions, files: [file] }));
  const tsc = join(here, 'node_modules', `typescript-${version}`, 'bin', 'tsc');
  const { status, stdout } = spawnSync(process.execPath, [tsc, '-p', config], { cwd: app, encoding: 'utf8' });
  return { status, stdout };
}

for (const entry of CASES) {
  const { version, resolution, file } = entry;
  test(`TypeScript ${version}, ${resolution.moduleResolution}: ${file} compiles and runs`, () => {
    assert.deepEqual(compile(entry), { status: 0, stdout: '' });
    const script = join(app, 'out', file.replace('ts', 'js'));
    const { status, stderr } = spawnSync(process.execPath, [script], { encoding: 'utf8' });
    assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
  });
}

test('the app has no @types/node: Buffer is unknown to it', () => {
  assert.ok(!existsSync(join(app, 'node_modules', '@types')));
  writeFileSync(join(app, 'buffer.mts'), 'export const x: Buffer | undefined = undefined;\n');
  const { status, stdout } = compile({ version: '7', resolution: NODENEXT, file: 'buffer.mts' });
  assert.notEqual(status, 0);
  assert.match(stdout, /TS2591|TS2304|TS2580/);
});

test('without exactOptionalPropertyTypes the types compile too', () => {
  const entry = { version: '7', resolution: NODENEXT, file: 'everything.mts' };
  assert.deepEqual(compile(entry, { exactOptionalPropertyTypes: false }), { status: 0, stdout: '' });
});
