// Packs the library, installs the tarball in an app outside the repository, and tests what others get.
//
//   node test/package/run.mjs [FILE.test.mjs …]
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installDependencies, npm, packTarball } from '../tools/install.mjs';

const cwd = import.meta.dirname;
const files = process.argv.slice(2);
if (files.length === 0) files.push(...readdirSync(cwd).filter((name) => name.endsWith('.test.mjs')));

const app = mkdtempSync(join(tmpdir(), 'otpure-app-'));
try {
  const tarball = packTarball();
  installDependencies(cwd);
  writeFileSync(join(app, 'package.json'), '{ "private": true }\n');
  npm(['install', '--no-audit', '--no-fund', tarball], app);
  const env = { ...process.env, OTPURE_TARBALL: tarball, OTPURE_APP: app };
  const args = ['--test', '--test-reporter=spec', '--test-concurrency=2', ...files];
  process.exitCode = spawnSync(process.execPath, args, { cwd, env, stdio: 'inherit' }).status ?? 1;
} finally {
  rmSync(app, { recursive: true, force: true });
}
