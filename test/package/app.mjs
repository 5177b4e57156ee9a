// The app outside the repository that the tarball was installed in, and how tests run programs there.
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export const { OTPURE_TARBALL: tarball, OTPURE_APP: app } = process.env;
export const installed = join(app, 'node_modules', 'otpure');

/** A file of a package that the tests bring. */
export const tool = (path) => join(import.meta.dirname, 'node_modules', path);

// What npm and the test runner set is not meant for the programs that the tests start.
const inherited = Object.entries(process.env).filter(([name]) => !/^(?:npm|node)_/i.test(name));

/** Runs a program, and returns its status and what it printed. */
export function run(program, args, { cwd = app, env } = {}) {
  const vars = { ...Object.fromEntries(inherited), NO_COLOR: '1', ...env };
  const options = { cwd, env: vars, maxBuffer: 2 ** 26 };
  return new Promise((resolve) => {
    execFile(program, args, options, (error, stdout, stderr) => {
      resolve({ status: error ? error.code : 0, stdout, stderr });
    });
  });
}

/** Runs a program that has to succeed, and returns what it printed. */
export async function succeed(program, args, options) {
  const { status, stdout, stderr } = await run(program, args, options);
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${status}\n${stdout}${stderr}`);
  return stdout;
}

/** Makes an app of some files, with the library and, by link, packages that the tests bring. */
export function createApp(files, packages = []) {
  const folder = mkdtempSync(join(app, 'app-'));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), typeof content === 'string' ? content : JSON.stringify(content));
  }
  for (const name of packages) {
    mkdirSync(dirname(join(folder, 'node_modules', name)), { recursive: true });
    symlinkSync(tool(name), join(folder, 'node_modules', name));
  }
  return folder;
}
