// The types, under the oldest and the newest TypeScript promised, in an app without @types/node.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createApp, installed, run, tool } from './app.mjs';

const everything = readFileSync(join(import.meta.dirname, 'everything.ts'), 'utf8');
const STRICT = { strict: true, noUncheckedIndexedAccess: true, types: [], lib: ['es2022'], target: 'es2022' };

/** Compiles an app in a folder of its own. */
async function compile(version, settings, file, source) {
  const compilerOptions = { ...STRICT, ...settings, outDir: 'out' };
  const cwd = createApp({ [file]: source, 'tsconfig.json': { compilerOptions, files: [file] } });
  const compiler = version === '5.9' ? 'typescript' : `typescript-${version}`;
  return { cwd, ...(await run(process.execPath, [tool(`${compiler}/bin/tsc`)], { cwd })) };
}

// TypeScript takes require() of an ES module from 5.8 on: with 5.4, CommonJS needs `node`, which 7 has no more.
for (const [version, module, moduleResolution, file] of [
  ['5.4', 'commonjs', 'node', 'app.ts'],
  ['5.4', 'node16', 'node16', 'app.mts'],
  ['5.4', 'nodenext', 'nodenext', 'app.mts'],
  ['5.4', 'esnext', 'bundler', 'app.mts'],
  ['5.9', 'nodenext', 'nodenext', 'app.mts'],
  ['7', 'node16', 'node16', 'app.mts'],
  ['7', 'nodenext', 'nodenext', 'app.mts'],
  ['7', 'nodenext', 'nodenext', 'app.cts'],
  ['7', 'esnext', 'bundler', 'app.mts'],
]) {
  for (const exactOptionalPropertyTypes of [true, false]) {
    const exact = exactOptionalPropertyTypes ? ', exact optional properties' : '';
    test(`an app compiles and runs: TypeScript ${version}, ${moduleResolution}, ${file}${exact}`, async () => {
      const settings = { module, moduleResolution, exactOptionalPropertyTypes };
      const { cwd, ...compiled } = await compile(version, settings, file, everything);
      assert.deepEqual(compiled, { status: 0, stdout: '', stderr: '' });
      const ran = await run(process.execPath, [join(cwd, 'out', file.replace('ts', 'js'))]);
      assert.deepEqual(ran, { status: 0, stdout: '', stderr: '' });
    });
  }
}

const BYTES = `import { decodeBase32, decryptSecret, generateSecret, parseOtpauthUri } from 'otpure';
for (const secret of [generateSecret(), parseOtpauthUri('otpauth://totp/ann?secret=MY').secret])
  crypto.subtle.importKey('raw', secret, 'HKDF', false, ['deriveBits']);
new Blob([decodeBase32('MY')]);
`;
const WEB = { lib: ['es2022', 'dom'], module: 'nodenext' };
for (const version of ['5.4', '7']) {
  test(`returned bytes are what Web APIs take: TypeScript ${version}`, async () => {
    // Before 5.7 the type has no parameter.
    const annotated = `(text: string): Uint8Array<ArrayBuffer> => decryptSecret(text, new Uint8Array(32), 'x');\n`;
    const source = version === '5.4' ? BYTES : BYTES + annotated;
    const { cwd, ...compiled } = await compile(version, WEB, 'bytes.mts', source);
    assert.deepEqual(compiled, { status: 0, stdout: '', stderr: '' });
  });
}

test('that app uses every public name', () => {
  const index = readFileSync(join(installed, 'dist', 'index.d.ts'), 'utf8');
  const exports = index.matchAll(/^export .*?\{(.*?)\}/gms);
  const names = [...exports].flatMap(([, list]) => list.match(/\w+(?=,|\s*$)/g));
  assert.ok(names.length > 50);
  assert.deepEqual([...new Set(everything.match(/(?<=\botp\.)\w+/g))].sort(), names.sort());
});

test('an editor shows the example of every function', async () => {
  const dist = join(installed, 'dist');
  const types = readdirSync(dist).map((name) => readFileSync(join(dist, name), 'utf8'));
  const names = Object.keys(await import(join(dist, 'index.js'))).filter((name) => name !== 'OtpError');
  assert.ok(names.length > 20);
  for (const name of names) {
    const documented = new RegExp(`@example\\n(?: \\*.*\\n)+? \\*/\\nexport declare function ${name}\\b`);
    const isShown = types.some((text) => documented.test(text));
    assert.ok(isShown, name);
  }
});
