// One suite on every runtime, from the tarball, with Debian's oathtool as the phone.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { scryptSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from '../tools/install.mjs';
import { createApp, installed, run, tool } from './app.mjs';

const read = (...path) => readFileSync(join(...path), 'utf8');

const oathtool = (...args) => execFileSync('oathtool', args, { encoding: 'utf8' }).trim().split('\n');
const totp = ({ algorithm, digits, period, seconds }, ...args) =>
  oathtool(`--totp=${algorithm}`, `-d${digits}`, `-s${period}s`, `-N@${seconds}`, ...args);

const secret = Buffer.from('12345678901234567890').toString('hex');
const base32 = 'GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ';
const person = { algorithm: 'SHA1', digits: 6, period: 30, seconds: 1_234_567_890 };
const phc = (bytes) => bytes.toString('base64').replaceAll('=', '');
const salt = Buffer.from('sixteen bytes..!');
const derived = scryptSync('h3vq8e0x2mztc5kd', salt, 32, { N: 16384, r: 8, p: 1 });
const phone = {
  // Fixed moments: no test depends on the clock. The last one is past 2^32 seconds.
  totp: [59, 1_111_111_109, 20_000_000_000].flatMap((seconds) =>
    ['SHA1 6 30', 'SHA1 8 60', 'SHA256 7 30', 'SHA256 8 15', 'SHA512 6 60', 'SHA512 8 30'].map((text) => {
      const [algorithm, digits, period] = text.split(' ');
      const settings = { algorithm, digits: Number(digits), period: Number(period), seconds };
      return { ...settings, secret, code: totp(settings, secret)[0] };
    }),
  ),
  hotp: [0n, 10_281n, 2n ** 31n, 2n ** 32n - 1n, 2n ** 53n - 1n, 2n ** 63n].flatMap((first) =>
    oathtool(`--counter=${first}`, '--window=3', secret).map((code, i) => {
      return { secret, counter: `${first + BigInt(i)}`, code };
    }),
  ),
  person: { base32, seconds: person.seconds, codes: totp(person, '--window=2', '--base32', base32) },
  backup: { code: 'h3vq-8e0x-2mzt-c5kd', hash: `$scrypt$ln=14,r=8,p=1$${phc(salt)}$${phc(derived)}` },
};
const files = ['rfc4226', 'rfc6238', 'otpauth-uris', 'sealed-secrets'];
const vectors = files.map((name) => JSON.parse(read(root, 'test', 'vectors', `${name}.json`)));

// The oldest that the README names.
const [, date] = /compatibility date from (\d{4}-\d\d-\d\d)/.exec(read(installed, 'README.md'));

const cwd = createApp({
  'suite.mjs': read(import.meta.dirname, 'suite.mjs'),
  'worker.mjs': `import * as otpure from 'otpure';
import { runSuite } from './suite.mjs';
const data = ${JSON.stringify([phone, ...vectors])};
export default { async test() { console.log(JSON.stringify(await runSuite(otpure, ...data))); } };`,
  'main.mjs': "import worker from './worker.mjs';\nawait worker.test();",
  'main.cjs': `const { generateTotp } = require('otpure');
console.log(generateTotp(Buffer.from('12345678901234567890'), { timestamp: 59_000 }));`,
  'otpure.mjs': read(installed, 'dist', 'index.js'),
  // workerd is told each module.
  'workerd.capnp': `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (services = [(name = "main", worker = (
  compatibilityDate = "${date}",
  compatibilityFlags = ["nodejs_compat"],
  modules = [(name = "worker.mjs", esModule = embed "worker.mjs"), (name = "suite.mjs", esModule = embed "suite.mjs"),
    (name = "otpure", esModule = embed "otpure.mjs")],
))]);`,
});

const deno = ['run', '--no-lock', '--cached-only', '--no-prompt', '--node-modules-dir=manual'];
const nodes = ['node-20-first', 'node-20', 'node-22', 'node-24', 'node-26'];
const version = (name) => JSON.parse(read(tool(name), 'package.json')).version.replace(/^v/, '');

for (const [name, program, args, require] of [
  ...nodes.map((name) => [name, 'bin/node', ['main.mjs'], ['main.cjs']]),
  ['@oven/bun-linux-x64', 'bin/bun', ['main.mjs'], ['main.cjs']],
  ['@deno/linux-x64-glibc', 'deno', [...deno, 'main.mjs'], [...deno, '--allow-read', 'main.cjs']],
  ['@cloudflare/workerd-linux-64', 'bin/workerd', ['test', '--no-verbose', 'workerd.capnp']],
]) {
  const options = { cwd, env: { DENO_DIR: join(cwd, '.deno'), DENO_NO_UPDATE_CHECK: '1' } };

  test(`the suite passes on ${name} ${version(name)}`, async () => {
    const { status, stdout, stderr } = await run(tool(`${name}/${program}`), args, options);
    assert.equal(status, 0, stderr);
    // workerd says which test it runs; the others say nothing, unless they warn.
    assert.equal(stderr.replaceAll(/^.* debug: \[ (?:TEST|PASS) \] .*$/gm, '').trim(), '');
    const made = JSON.parse(stdout);
    assert.equal(made.length, 3);
    // It fails for a wrong code.
    for (const { secret, code, ...settings } of made) totp(settings, secret, code);
  });

  if (require === undefined) continue;
  test(`an app in CommonJS requires it on ${name} ${version(name)}`, async () => {
    const result = await run(tool(`${name}/${program}`), require, options);
    assert.deepEqual(result, { status: 0, stdout: '287082\n', stderr: '' });
  });
}

test('the oldest Node.js tested is the oldest that package.json admits', () => {
  const { engines } = JSON.parse(read(installed, 'package.json'));
  assert.equal(`${engines.node}.0`, `>=${version('node-20-first')}`);
});
