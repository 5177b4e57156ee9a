// Packs the library, installs the tarball with npm into an app outside the repository, and checks it there.
//
//   node test/consumer/run.mjs
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installPrivate, npm, packTarball } from '../tools/install.mjs';
import { runTests } from '../tools/run-tests.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const app = mkdtempSync(join(tmpdir(), 'otpure-consumer-'));
try {
  const tarball = packTarball();
  installPrivate(here, tarball);

  cpSync(join(here, 'app'), app, { recursive: true });
  npm(['install', '--no-audit', '--no-fund', tarball], app);

  // The test files run in processes of their own.
  process.env.OTPURE_TARBALL = tarball;
  process.env.OTPURE_APP = app;
  await runTests('consumer', [
    join(app, 'load.test.mjs'),
    join(app, 'oathtool.test.mjs'),
    join(here, 'package.test.mjs'),
    join(here, 'types.test.mjs'),
  ]);
} finally {
  rmSync(app, { recursive: true, force: true });
}
