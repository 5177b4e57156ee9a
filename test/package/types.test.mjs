// The types, under the oldest and the newest TypeScript promised, in an app without @types/node.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createApp, installed, run, tool } from './app.mjs';

const everything = readFileSync(join(import.meta.dirname, 'everything.ts'), 'utf8');

// TypeScript takes require() of an ES module from 5.8 on, so 5.4 has no node16 and no nodenext in a CommonJS file.
const CASES = [
  ['5.4', 'commonjs', 'node', 'ts'],
  ['5.4', 'node16', 'node16', 'mts'],
  ['5.4', 'nodenext', 'nodenext', 'mts'],
  ['5.4', 'esnext', 'bundler', 'mts'],
  ['7', 'node16', 'node16', 'mts'],
  ['7', 'nodenext', 'nodenext', 'mts'],
  ['7', 'nodenext', 'nodenext', 'cts'],
  ['7', 'esnext', 'bundler', 'mts'],
].flatMap((entry) => [true, false].map((exact) => [...entry, exact]));

function compile([version, module, moduleResolution, extension, exactOptionalPropertyTypes], source) {
  const compilerOptions = {
    target: 'es2022',
    lib: ['es2022'],
    module,
    moduleResolution,
    strict: true,
    exactOptionalPropertyTypes,
    noUncheckedIndexedAccess: true,
    types: [],
    outDir: 'out',
  };
  const file = `app.${extension}`;
  const cwd = createApp({ [file]: source, 'tsconfig.json': { compilerOptions, files: [file] } });
  const compiled = run(process.execPath, [tool(`typescript-${version}/bin/tsc`)], { cwd });
  return compiled.then((result) => ({ ...result, script: join(cwd, 'out', file.replace('ts', 'js')) }));
}

for (const entry of CASES) {
  const [version, , resolution, extension, exact] = entry;
  const title = `TypeScript ${version}, ${resolution}, .${extension}, exactOptionalPropertyTypes ${exact}`;
  test(`an app compiles and runs: ${title}`, async () => {
    const { script, ...compiled } = await compile(entry, everything);
    assert.deepEqual(compiled, { status: 0, stdout: '', stderr: '' });
    assert.deepEqual(await run(process.execPath, [script]), { status: 0, stdout: '', stderr: '' });
  });
}

test('that app uses every public name', () => {
  const types = readFileSync(join(installed, 'dist', 'index.d.ts'), 'utf8');
  const declared = /^export (?:declare (?:async )?(?:function|class|const)|interface|type) (\w+)/gm;
  const names = [...types.matchAll(declared)].map(([, name]) => name);
  assert.ok(names.length > 50);
  const imports = everything.slice(everything.indexOf('import {'), everything.indexOf('} from'));
  const used = imports.match(/\w+(?=,)/g);
  assert.deepEqual(used.toSorted(), names.sort());
});

test('the app has no @types/node: Buffer is unknown to it', async () => {
  const { status, stdout } = await compile(CASES[0], 'export const x: Buffer | undefined = undefined;\n');
  assert.notEqual(status, 0);
  assert.match(stdout, /TS2591|TS2304|TS2580/);
});
