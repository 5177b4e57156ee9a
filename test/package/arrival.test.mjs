// The library arrives whole: packed in a clone, installed from git, and published by the release workflow.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { before, test } from 'node:test';
import { parse } from 'yaml';
import { root } from '../tools/install.mjs';
import { app, createApp, installed, listFiles, run, succeed, tarball, tool } from './app.mjs';

const read = (...path) => readFileSync(join(...path), 'utf8');
const { version } = JSON.parse(read(root, 'package.json'));

/** Fails unless a folder holds the whole library and nothing else. */
async function checkPackage(folder) {
  const files = listFiles(folder);
  assert.deepEqual(files, ['LICENSE', 'README.md', 'dist/index.d.ts', 'dist/index.js', 'package.json']);
  const size = files.reduce((sum, file) => sum + readFileSync(join(folder, file)).length, 0);
  assert.ok(size < 100_000, `${size} bytes`);
  const code = `import { generateTotp } from '${folder}/dist/index.js';
    console.log(generateTotp(Buffer.from('12345678901234567890'), { timestamp: 59_000, digits: 8 }));`;
  // RFC 6238, Appendix B.
  assert.equal(await succeed(process.execPath, ['--input-type=module', '--eval', code]), '94287082\n');
}

test('the tarball holds the library, README, LICENSE and package.json, in less than 100 kB', () =>
  checkPackage(installed));

test('it installs one package, and runs nothing at install', () => {
  const packages = readdirSync(join(app, 'node_modules')).filter((name) => !name.startsWith('.'));
  assert.deepEqual(packages, ['otpure']);
  const { dependencies, scripts } = JSON.parse(read(installed, 'package.json'));
  assert.deepEqual(dependencies ?? {}, {});
  for (const name of ['preinstall', 'install', 'postinstall']) assert.equal(scripts[name], undefined);
});

test('the JavaScript keeps the comments that say why, and leaves the docs of exports to the types', () => {
  const code = read(installed, 'dist/index.js');
  const lines = (text, pattern) =>
    text
      .split('\n')
      .filter((line) => pattern.test(line))
      .map((line) => line.trim());
  const sources = readdirSync(join(root, 'src')).map((file) => read(root, 'src', file));
  const why = sources.flatMap((source) => lines(source, /^ *\/\/ /));
  assert.ok(why.length > 30);
  assert.deepEqual(
    why.filter((line) => !code.includes(line)),
    [],
  );
  assert.deepEqual(lines(code, /\/\/!|@internal|@example/), []);
});

test('no file points to a source map or to a place on the machine that built it', () => {
  for (const file of listFiles(installed)) {
    const text = read(installed, file);
    assert.doesNotMatch(text, /sourceMappingURL|file:\/\//, file);
    assert.ok(!text.includes(root), file);
  }
});

test('publint finds nothing, suggestions included', () =>
  succeed(process.execPath, [tool('publint/src/cli.js'), 'run', '--strict', tarball]));

test('are-the-types-wrong finds nothing', async () => {
  // Of an ES module that CommonJS requires it warns always; Node has loaded those since 20.19.
  const args = [tarball, '--ignore-rules', 'cjs-resolves-to-esm', '--no-definitely-typed'];
  await succeed(process.execPath, [tool('@arethetypeswrong/cli/dist/index.js'), ...args]);
});

const workflow = (name) => parse(read(root, '.github', 'workflows', name));
const { jobs } = workflow('release.yml');
const GITHUB = {
  GITHUB_SERVER_URL: 'https://github.com',
  GITHUB_REPOSITORY: 'someone/otpure',
  GITHUB_REF_NAME: `v${version}`,
};

/** Runs the shell steps of a job, as GitHub does. */
async function runJob({ steps }, cwd, env = {}) {
  for (const { run: script } of steps) {
    if (script !== undefined)
      await succeed('bash', ['-e', '-c', script], { cwd, env: { ...GITHUB, ...env } });
  }
}

const git = (cwd, ...args) => execFileSync('git', args, { cwd, encoding: 'utf8', stdio: 'pipe' });
const clone = join(app, 'clone');
before(() => git(root, 'clone', '--quiet', root, clone));

test('the release workflow builds a tarball in a clone, and publishes that one', {
  timeout: 600_000,
}, async () => {
  await runJob(jobs.build, clone);
  const [packed, ...others] = readdirSync(clone).filter((name) => name.endsWith('.tgz'));
  assert.deepEqual([packed, others], [`otpure-${version}.tgz`, []]);
  const content = readFileSync(join(clone, packed));

  const unpacked = createApp({});
  await succeed('tar', ['-xzf', join(clone, packed), '-C', unpacked]);
  await checkPackage(join(unpacked, 'package'));
  assert.deepEqual(JSON.parse(read(unpacked, 'package/package.json')).repository, {
    type: 'git',
    url: 'git+https://github.com/someone/otpure.git',
  });

  // Packing builds: what is packed without dist is the same, byte for byte.
  rmSync(join(clone, 'dist'), { recursive: true });
  await succeed('npm', ['pack', '--pack-destination', unpacked], { cwd: clone });
  assert.ok(readFileSync(join(unpacked, packed)).equals(content));

  const download = mkdtempSync(join(app, 'download-'));
  writeFileSync(join(download, packed), content);
  const { steps } = jobs.publish;
  const publish = steps.find((step) => step.run !== undefined).run;
  assert.match(publish, /^npm publish --provenance --access public /);
  const env = { ...GITHUB, npm_config_dry_run: 'true', npm_config_json: 'true' };
  const published = JSON.parse(await succeed('bash', ['-e', '-c', publish], { cwd: download, env }));
  assert.equal(published.otpure.integrity, `sha512-${createHash('sha512').update(content).digest('base64')}`);
});

test('the release workflow stops where the tag is not the version', async () => {
  const [first] = jobs.build.steps.filter((step) => step.run !== undefined);
  const { status } = await run('bash', ['-e', '-c', first.run], {
    cwd: clone,
    env: { ...GITHUB, GITHUB_REF_NAME: 'v9.9.9' },
  });
  assert.equal(status, 1);
});

test('only the job that publishes can, and it runs no code of the repository', () => {
  const rights = Object.fromEntries(
    Object.entries(jobs).map(([name, { permissions }]) => [name, permissions]),
  );
  assert.deepEqual(workflow('release.yml').permissions, {});
  assert.deepEqual(rights, {
    build: { contents: 'read' },
    publish: { 'id-token': 'write' },
    notes: { contents: 'write' },
  });
  assert.equal(jobs.publish.environment, 'release');
  assert.equal(jobs.publish.needs, 'build');
  assert.ok(!jobs.publish.steps.some(({ uses }) => uses?.includes('checkout')));
});

test('the release notes are the commits since the last version', async () => {
  const bin = createApp({ gh: '#!/bin/sh\necho "$@"\ncat\n' });
  await succeed('chmod', ['+x', join(bin, 'gh')]);
  git(clone, 'tag', `v${version}`);
  git(clone, 'tag', 'v0.0.1', 'HEAD~3');
  const env = { ...GITHUB, PATH: `${bin}${delimiter}${process.env.PATH}` };
  const { run: script } = jobs.notes.steps.find((step) => step.run !== undefined);
  const notes = await succeed('bash', ['-e', '-c', script], { cwd: clone, env });
  const subjects = git(clone, 'log', '--no-merges', '--format=- %s', 'HEAD~3..HEAD');
  assert.equal(notes, `release create v${version} --verify-tag --notes-file -\n${subjects}`);
});

test('every action is pinned to a commit, with its version beside it', () => {
  const folder = join(root, '.github', 'workflows');
  const uses = readdirSync(folder).flatMap((name) => read(folder, name).match(/\buses:.*/g) ?? []);
  assert.ok(uses.length > 5);
  for (const line of uses) assert.match(line, /^uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
});

test('npm installs it from git, where no dist is committed', { timeout: 600_000 }, async () => {
  const other = createApp({ 'package.json': { name: 'other', private: true } });
  await succeed('npm', ['install', '--no-audit', '--no-fund', `git+file://${clone}`], { cwd: other });
  await checkPackage(join(other, 'node_modules', 'otpure'));
});
