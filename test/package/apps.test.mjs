// Apps around the library: their test runners load it, and their bundlers leave out what they don't use.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
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
  const created = await createSecondFactor(secret, generateTotp(secret, before), { ...before, backupCodes: { count: 1 } });
  const { result } = await verifySecondFactor(secret, created!.factor, generateTotp(secret, now), now);
  expect(result).toEqual({ passedFactor: created!.factor.id, kind: 'totp', failures: 0 });
});`;

for (const project of ['ts-jest commonjs', 'ts-jest nodenext', '@swc/jest commonjs']) {
  const [transform, module] = project.split(' ');
  test(`Jest loads it in a CommonJS project, as the README says: ${project}`, async () => {
    // As NestJS sets a project up, but for the pattern.
    const jest = {
      moduleFileExtensions: ['js', 'json', 'ts'],
      rootDir: 'src',
      testRegex: '.*\\.spec\\.ts$',
      transform: { '^.+\\.(t|j)s$': transform },
      transformIgnorePatterns: [pattern],
    };
    const tsconfig = { compilerOptions: { module, target: 'es2022', esModuleInterop: true, strict: true } };
    const files = {
      'package.json': { jest },
      'tsconfig.json': tsconfig,
      'src/a.spec.ts': spec('@jest/globals'),
    };
    const cwd = createApp(files, ['jest', 'ts-jest', '@swc/jest', '@jest/globals']);
    const { status, stderr } = await run(process.execPath, [tool('jest/bin/jest.js'), '--no-cache'], { cwd });
    assert.equal(status, 0, stderr);
    assert.match(stderr, /^Tests: +1 passed, 1 total$/m);
  });
}

test('Vitest loads it', async () => {
  const cwd = createApp({ 'login.test.ts': spec('vitest') }, ['vitest']);
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
  'scrypt',
  'aes-256-gcm',
  'INVALID_BACKUP_HASH',
  'INVALID_BASE32',
  'INVALID_URI',
  'maxFailures',
];

for (const [name, build] of Object.entries(BUNDLERS)) {
  const bundle = (what) =>
    build(join(createApp({ 'main.mjs': `export ${what} from 'otpure';` }), 'main.mjs'));

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
