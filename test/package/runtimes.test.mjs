// One suite on every runtime, from the tarball, with Debian's oathtool as the phone.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { scryptSync } from 'node:crypto';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from '../tools/install.mjs';
import { app, run, tool } from './app.mjs';

const readJson = (...path) => JSON.parse(readFileSync(join(...path), 'utf8'));
const vectors = (name) => readJson(root, 'test', 'vectors', name);

const oathtool = (...args) => execFileSync('oathtool', args, { encoding: 'utf8' }).trim().split('\n');
const settings = ({ algorithm, digits, period, seconds }) => [
  `--totp=${algorithm}`,
  `--digits=${digits}`,
  `--time-step-size=${period}s`,
  `--now=@${seconds}`,
];

const KEY = Buffer.from('12345678901234567890').toString('hex');
// Fixed moments: no test depends on the clock. The last one is past 2^32 seconds.
const MOMENTS = [59, 1_111_111_109, 20_000_000_000];
const totp = ['SHA1', 'SHA256', 'SHA512'].flatMap((algorithm) =>
  [6, 7, 8].flatMap((digits) =>
    [30, 60].flatMap((period) =>
      MOMENTS.map((seconds) => ({ algorithm, digits, period, seconds, secret: KEY })),
    ),
  ),
);
const COUNTERS = [0n, 10_281n, 2n ** 31n, 2n ** 32n - 1n, 2n ** 53n + 1n, 2n ** 63n];
const base32 = 'GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ';
const person = { algorithm: 'SHA1', digits: 6, period: 30, seconds: 1_234_567_890 };
const salt = Buffer.from('sixteen bytes..!');
const phc = (bytes) => bytes.toString('base64').replaceAll('=', '');
const derived = scryptSync('h3vq8e0x2mztc5kd', salt, 32, { N: 16384, r: 8, p: 1 });
const data = {
  rfc4226: vectors('rfc4226.json'),
  rfc6238: vectors('rfc6238.json'),
  uris: vectors('otpauth-uris.json'),
  sealed: vectors('sealed-secrets.json'),
  phone: {
    totp: totp.map((one) => ({ ...one, code: oathtool(...settings(one), KEY)[0] })),
    hotp: COUNTERS.flatMap((first) =>
      oathtool(`--counter=${first}`, '--window=3', KEY).map((code, i) => ({
        secret: KEY,
        counter: String(first + BigInt(i)),
        code,
      })),
    ),
    person: {
      base32,
      seconds: person.seconds,
      codes: oathtool(...settings(person), '--window=2', '--base32', base32),
    },
    backup: { code: 'h3vq-8e0x-2mzt-c5kd', hash: `$scrypt$ln=14,r=8,p=1$${phc(salt)}$${phc(derived)}` },
  },
};

copyFileSync(join(import.meta.dirname, 'suite.mjs'), join(app, 'suite.mjs'));
writeFileSync(
  join(app, 'worker.mjs'),
  `import * as otpure from 'otpure';
import { runSuite } from './suite.mjs';
const data = ${JSON.stringify(data)};
export default { async test() { console.log(JSON.stringify(await runSuite(otpure, data))); } };\n`,
);
writeFileSync(join(app, 'main.mjs'), "import worker from './worker.mjs';\nawait worker.test();\n");
writeFileSync(
  join(app, 'main.cjs'),
  `const { generateTotp } = require('otpure');
console.log(generateTotp(Buffer.from('12345678901234567890'), { timestamp: 59_000 }));\n`,
);
// workerd is told each module.
const modules = {
  'worker.mjs': 'worker.mjs',
  'suite.mjs': 'suite.mjs',
  otpure: 'node_modules/otpure/dist/index.js',
};
writeFileSync(
  join(app, 'workerd.capnp'),
  `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (services = [(name = "main", worker = (
  compatibilityDate = "2025-01-01",
  compatibilityFlags = ["nodejs_compat"],
  modules = [${Object.entries(modules).map(([name, path]) => `(name = "${name}", esModule = embed "${path}")`)}],
))]);\n`,
);

const deno = ['run', '--no-lock', '--cached-only', '--no-prompt', '--node-modules-dir=manual'];
const RUNTIMES = [
  ...['node-20-first', 'node-20', 'node-22', 'node-24', 'node-26'].map((name) => [name, 'bin/node', [], []]),
  ['@oven/bun-linux-x64', 'bin/bun', [], []],
  ['@deno/linux-x64-glibc', 'deno', deno, [...deno, `--allow-read=${app}`]],
  ['@cloudflare/workerd-linux-64', 'bin/workerd', ['test', '--no-verbose', 'workerd.capnp'], null],
];

for (const [name, program, args, requireArgs] of RUNTIMES) {
  const { version } = readJson(tool(`${name}/package.json`));
  const env = { DENO_DIR: join(app, '.deno'), DENO_NO_UPDATE_CHECK: '1' };

  test(`the suite passes on ${name} ${version}`, async () => {
    const main = requireArgs === null ? [] : ['main.mjs'];
    const { status, stdout, stderr } = await run(tool(`${name}/${program}`), [...args, ...main], { env });
    assert.equal(status, 0, stderr);
    // workerd says there which test it runs; all others say nothing unless they warn.
    assert.equal(stderr.replaceAll(/^.* debug: \[ (?:TEST|PASS) \] .*$/gm, '').trim(), '');
    const { passed, failures, made } = JSON.parse(stdout);
    assert.deepEqual(failures, []);
    assert.equal(passed.length, 10);
    assert.equal(made.length, 6);
    for (const { secret, code, ...options } of made) oathtool(...settings(options), secret, code);
  });

  if (requireArgs === null) continue;
  test(`an app in CommonJS requires it on ${name} ${version}`, async () => {
    const result = await run(tool(`${name}/${program}`), [...requireArgs, 'main.cjs'], { env });
    assert.deepEqual(result, { status: 0, stdout: '287082\n', stderr: '' });
  });
}

test('the oldest Node.js tested is the oldest that package.json admits', () => {
  const { version } = readJson(tool('node-20-first/package.json'));
  assert.equal(`v${readJson(root, 'package.json').engines.node.slice(2)}.0`, version);
});
