// Apps around the library: their test runners load it, and their bundlers leave out what they don't use.
import assert from 'node:assert/strict';
import { cpSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import * as esbuild from 'esbuild';
import * as rolldown from 'rolldown';
import { createApp, installed, run, succeed, tool } from './app.mjs';

const readme = readFileSync(join(installed, 'README.md'), 'utf8');
const [, pattern] = /`transformIgnorePatterns: \['(.+?)'\]`/.exec(readme);

// Jest gives each file globals of its own: a Uint8Array and a Date of another realm than the library's.
const spec = (runner) => `import { expect, test } from '${runner}';
import { createSecondFactor, generateTotp, verifySecondFactor } from 'otpure';
test('a login', async () => {
  const secret = new Uint8Array(20).fill(7);
  const [before, now] = [{ timestamp: new Date(1_000_000) }, { timestamp: new Date(1_030_000) }];
  const { factor } = (await createSecondFactor(secret, generateTotp(secret, before), { ...before, backupCodes: false }))RIGHT;
  const { result } = await verifySecondFactor(secret, factor, generateTotp(secret, now), now);
  expect(result).toEqual({ passedFactor: factor.id, kind: 'totp', failures: 0, drift: 0 });
});`;
const inTypeScript = (runner) => spec(runner).replace('RIGHT', '!');
const inJavaScript = (runner) => spec(runner).replace('RIGHT', '');

/** As NestJS sets a project up, but for the pattern. */
const jest = (transform) => ({
  ...{ moduleFileExtensions: ['js', 'json', 'ts'], rootDir: 'src' },
  ...{ transform: { '^.+\\.(t|j)s$': transform }, transformIgnorePatterns: [pattern] },
});
const COMPILED = { target: 'es2022', esModuleInterop: true, allowJs: true, isolatedModules: true };
const typeScript = (module) => ({
  'tsconfig.json': { compilerOptions: { module, ...COMPILED } },
  'src/a.spec.ts': inTypeScript('@jest/globals'),
});
const javaScript = { 'src/a.spec.js': inJavaScript('@jest/globals') };
const babel = { presets: [['@babel/preset-env', { targets: { node: 'current' } }]] };
const PROJECTS = {
  'TypeScript by ts-jest, commonjs': ['ts-jest', typeScript('commonjs')],
  'TypeScript by ts-jest, nodenext': ['ts-jest', typeScript('nodenext')],
  'TypeScript by @swc/jest': ['@swc/jest', typeScript('commonjs')],
  'JavaScript by @swc/jest': ['@swc/jest', javaScript],
  'JavaScript by babel-jest': [['babel-jest', babel], javaScript],
};

for (const [project, [transform, files]] of Object.entries(PROJECTS)) {
  for (const manager of ['npm', 'pnpm']) {
    test(`Jest loads it in a CommonJS project, as the README says: ${project}, ${manager}`, async () => {
      const packages = ['jest', 'ts-jest', '@swc/jest', 'babel-jest', '@babel/preset-env', '@jest/globals'];
      const cwd = createApp({ 'package.json': { jest: jest(transform) }, ...files }, packages);
      if (manager === 'pnpm') {
        const store = join('.pnpm', 'otpure@1.0.0', 'node_modules', 'otpure');
        cpSync(installed, join(cwd, 'node_modules', store), { recursive: true });
        symlinkSync(store, join(cwd, 'node_modules', 'otpure'));
      }
      const args = [tool('jest/bin/jest.js'), '--no-cache'];
      const { status, stderr } = await run(process.execPath, args, { cwd });
      assert.equal(status, 0, stderr);
      assert.match(stderr, /^Tests: +1 passed, 1 total$/m);
    });
  }
}

test('Vitest loads it', async () => {
  const cwd = createApp({ 'login.test.ts': inTypeScript('vitest') }, ['vitest']);
  const stdout = await succeed(process.execPath, [tool('vitest/vitest.mjs'), 'run'], { cwd });
  assert.match(stdout, /Tests +1 passed \(1\)/);
});

const BUNDLERS = {
  async esbuild(main) {
    const options = { bundle: true, format: 'esm', minify: true, platform: 'node', write: false };
    return (await esbuild.build({ ...options, entryPoints: [main] })).outputFiles[0].text;
  },
  async rolldown(main) {
    const options = { platform: 'node', output: { minify: true }, write: false };
    return (await rolldown.build({ ...options, input: main })).output[0].code;
  },
};
// Text that stands in one part of the library only.
const MARKS = [
  ...['scrypt', 'aes-256-gcm', 'maxFailures'],
  ...['INVALID_BACKUP_HASH', 'INVALID_BASE32', 'INVALID_URI'],
];

for (const [name, build] of Object.entries(BUNDLERS)) {
  const bundle = async (what) => {
    const code = await build(join(createApp({ 'main.mjs': `export ${what} from 'otpure';` }), 'main.mjs'));
    return code.replace(/^\/\/!.*\n|\/\*![\s\S]*?\*\/\n/gm, ''); // without the licence, which bundlers keep
  };

  test(`${name} leaves out what an app does not use`, async () => {
    const all = await bundle('*');
    for (const mark of MARKS) assert.ok(all.includes(mark), mark);
    const code = await bundle('{ generateTotp }');
    for (const mark of MARKS) assert.ok(!code.includes(mark), mark);
    assert.ok(code.length < 0.25 * all.length, `${code.length} of ${all.length} characters`);
    // A statement at the top that could have side effects would be in every bundle.
    const least = await bundle('{ OtpError }');
    assert.ok(least.length < 400, least);
    // RFC 6238, Appendix B.
    const { generateTotp } = await import(`data:text/javascript,${encodeURIComponent(code)}`);
    const key = new TextEncoder().encode('12345678901234567890');
    assert.equal(generateTotp(key, { timestamp: 59_000, digits: 8 }), '94287082');
  });
}
