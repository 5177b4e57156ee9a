// The app outside the repository that the tarball was installed in, and how the tests run programs in it.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The packed tarball, the app, and the library in it. */
export const { OTPURE_TARBALL: tarball, OTPURE_APP: app } = process.env;
export const installed = join(app, 'node_modules', 'otpure');

const tools = join(import.meta.dirname, 'node_modules');
/** A file of a package that the tests bring. */
export const tool = (path) => join(tools, path);

// What npm sets for the scripts that it runs is not meant for the programs that these start.
const environment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(npm|NODE)_/i.test(name)),
);

/** Runs a program, and returns its status and what it printed. */
export async function run(program, args, { input = '', env, ...options } = {}) {
  const child = spawn(program, args, {
    cwd: app,
    env: { ...environment, NO_COLOR: '1', ...env },
    ...options,
  });
  const output = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'])
    child[stream].setEncoding('utf8').on('data', (text) => {
      output[stream] += text;
    });
  child.stdin.end(input);
  const status = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
  return { status, ...output };
}

/** Runs a program that has to succeed, and returns what it printed. */
export async function succeed(...call) {
  const { status, stdout, stderr } = await run(...call);
  assert.equal(status, 0, `${call[0]} ${call[1].join(' ')}\n${stdout}${stderr}`);
  return stdout;
}

/** Makes an app of some files, with the library and, by link, some packages that the tests bring. */
export function createApp(files, packages = []) {
  const folder = mkdtempSync(join(app, 'app-'));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), typeof content === 'string' ? content : JSON.stringify(content));
  }
  for (const name of packages) {
    const link = join(folder, 'node_modules', name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(tool(name), link);
  }
  return folder;
}

/** All files below a folder, sorted. */
export const listFiles = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
