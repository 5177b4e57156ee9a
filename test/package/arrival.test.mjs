// The library arrives whole: packed, installed from git, and published by the release workflow.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { root } from '../tools/install.mjs';
import { app, createApp, installed, run, succeed, tarball, tool } from './app.mjs';

const read = (...path) => readFileSync(join(...path), 'utf8');
const { version } = JSON.parse(read(root, 'package.json'));

// All modules but those that no public type refers to.
const types = readdirSync(join(root, 'src'))
  .filter((name) => !/^(checks|factor-changes|typed-text)\b/.test(name))
  .map((name) => `dist/${name.replace('.ts', '.d.ts')}`);

/** Fails unless a folder holds the whole library and nothing else; returns its size. */
async function checkPackage(folder) {
  const files = ['LICENSE', 'README.md', 'dist/index.js', 'package.json', ...types];
  assert.deepEqual(readdirSync(folder, { recursive: true }).sort(), [...files, 'dist'].sort());
  const texts = files.map((file) => read(folder, file));
  for (const text of texts) assert.ok(!text.includes(root) && !/sourceMappingURL|file:\/\//.test(text));
  const code = `import { generateTotp, OtpError } from '${folder}/dist/index.js';
    console.log(OtpError.name, generateTotp(Buffer.from('12345678901234567890'), { timestamp: 59_000, digits: 8 }));`;
  // RFC 6238, Appendix B.
  assert.equal(
    await succeed(process.execPath, ['--input-type=module', '--eval', code]),
    'OtpError 94287082\n',
  );
  return Buffer.byteLength(texts.join(''));
}

test('the tarball holds the library, README, LICENSE and package.json, in less than 150 kB', async () => {
  const size = await checkPackage(installed);
  assert.ok(size < 150_000, `${size} bytes`);
});

test('publint finds nothing, suggestions included', () =>
  succeed(process.execPath, [tool('publint/src/cli.js'), 'run', '--strict', tarball]));

test('are-the-types-wrong finds nothing', () => {
  // It warns of any ES module that CommonJS requires; Node has loaded those since 20.19.
  const args = [tarball, '--ignore-rules', 'cjs-resolves-to-esm', '--no-definitely-typed'];
  return succeed(process.execPath, [tool('@arethetypeswrong/cli/dist/index.js'), ...args]);
});

const workflows = join(root, '.github', 'workflows');
const { jobs, permissions } = parse(read(workflows, 'release.yml'));
const GITHUB = {
  ...{ GITHUB_SERVER_URL: 'https://github.com', GITHUB_REPOSITORY: 'someone/otpure' },
  GITHUB_REF_NAME: `v${version}`,
};
const scripts = ({ steps }) => steps.flatMap((step) => step.run ?? []);
const shell = (script, cwd, env = {}) => ['bash', ['-e', '-c', script], { cwd, env: { ...GITHUB, ...env } }];

const git = (cwd, ...args) => execFileSync('git', args, { cwd, encoding: 'utf8' });
const clone = join(app, 'clone');
git(root, 'clone', '--quiet', root, clone);

test('the release workflow builds a tarball in a clone, and publishes that one', async () => {
  const steps = scripts(jobs.build);
  const wrongTag = await run(...shell(steps[0], clone, { GITHUB_REF_NAME: 'v9.9.9' }));
  assert.equal(wrongTag.status, 1, 'it stops where the tag is not the version');
  assert.ok(steps.includes('npm run check'));
  for (const step of steps) if (step !== 'npm run check') await succeed(...shell(step, clone));
  const packed = readdirSync(clone).filter((name) => name.endsWith('.tgz'));
  assert.deepEqual(packed, [`otpure-${version}.tgz`]);
  const content = readFileSync(join(clone, packed[0]));
  const folder = createApp({});
  await succeed('tar', ['-xzf', join(clone, packed[0]), '-C', folder]);
  await checkPackage(join(folder, 'package'));
  const manifest = JSON.parse(read(folder, 'package/package.json'));
  assert.deepEqual(manifest.repository, { type: 'git', url: 'git+https://github.com/someone/otpure.git' });
  assert.ok(!('scripts' in manifest) && !('devDependencies' in manifest));

  const download = createApp({});
  writeFileSync(join(download, packed[0]), content);
  const [publish, ...others] = scripts(jobs.publish);
  assert.match(publish, /^npm publish --provenance --access public /);
  assert.deepEqual(others, []);
  const dryRun = { npm_config_dry_run: 'true', npm_config_json: 'true' };
  const published = JSON.parse(await succeed(...shell(publish, download, dryRun)));
  assert.equal(published.otpure.integrity, `sha512-${createHash('sha512').update(content).digest('base64')}`);
});

test('only the job that publishes can, and it runs no code of the repository', () => {
  const rights = Object.entries(jobs).map(([name, job]) => [name, job.permissions, job.environment]);
  assert.deepEqual(rights, [
    ['build', { contents: 'read' }, undefined],
    ['publish', { 'id-token': 'write' }, 'release'],
    ['notes', { contents: 'write' }, undefined],
  ]);
  assert.deepEqual(permissions, {});
  assert.ok(!jobs.publish.steps.some(({ uses }) => uses?.includes('checkout')));
});

test('the release notes are what the changelog says of the version', async () => {
  const bin = createApp({ gh: '#!/bin/sh\necho "$@"\ncat "$6"\n' });
  await succeed('chmod', ['+x', join(bin, 'gh')]);
  const PATH = `${bin}${delimiter}${process.env.PATH}`;
  const [, notes] = read(clone, '.github/CHANGELOG.md').split(/^## .+$/m);
  assert.ok(notes.trim().length > 100);
  const [script] = scripts(jobs.notes);
  const stdout = await succeed(...shell(script, clone, { PATH }));
  assert.equal(stdout, `release create v${version} --verify-tag --notes-file notes.md${notes}`);
  // A version that the changelog doesn't know isn't released with empty notes.
  const { status } = await run(...shell(script, clone, { PATH, GITHUB_REF_NAME: 'v9.9.9' }));
  assert.equal(status, 1);
});

test('every action is pinned to a commit, with its version beside it', () => {
  const uses = readdirSync(workflows).flatMap((name) => read(workflows, name).match(/\buses:.*/g) ?? []);
  assert.ok(uses.length > 5);
  for (const line of uses) assert.match(line, /^uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
});

test('npm installs it from git, where no dist is committed, and packing leaves out what is old', async () => {
  const cwd = createApp({ 'package.json': { private: true } });
  await succeed('npm', ['install', '--no-audit', '--no-fund', `git+file://${clone}`], { cwd });
  await checkPackage(join(cwd, 'node_modules', 'otpure'));

  git(clone, 'checkout', '--quiet', 'package.json');
  writeFileSync(join(clone, 'dist', 'old.d.ts'), '');
  await succeed('npm', ['pack', '--pack-destination', cwd], { cwd: clone });
  await succeed('tar', ['-xzf', `otpure-${version}.tgz`], { cwd });
  await checkPackage(join(cwd, 'package'));
});
