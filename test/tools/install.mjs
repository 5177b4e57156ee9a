// Installs the locked dependencies of a private package (a folder with its own package.json) and
// puts the packed library into its node_modules, as an app would get it from the registry.
//
//   node test/tools/install.mjs FOLDER [FOLDER …]
//
// The tarball is not part of any lock file: its content changes with every build.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';

export const root = resolve(import.meta.dirname, '..', '..');

/** Runs npm and returns its output; what npm prints on failure ends up in the error. */
export function npm(args, cwd) {
  // npm on Windows is a .cmd file, which only a shell can start.
  const shell = process.platform === 'win32';
  return execFileSync('npm', args, { cwd, encoding: 'utf8', shell, stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Packs the library, which builds it, into .cache/ and returns the tarball's path. */
export function packTarball() {
  const cache = join(root, '.cache');
  mkdirSync(cache, { recursive: true });
  // What the build prints would stand in front of npm's own answer.
  const options = ['--json', '--foreground-scripts=false', '--pack-destination', cache];
  const [{ filename }] = JSON.parse(npm(['pack', ...options], root));
  return join(cache, filename);
}

/** Installs the locked dependencies of a folder, if its lock file has changed since the last time. */
export function installDependencies(folder) {
  const lock = join(folder, 'package-lock.json');
  const installed = join(folder, 'node_modules', '.installed-lock.json');
  if (existsSync(installed) && readFileSync(installed, 'utf8') === readFileSync(lock, 'utf8')) return;
  npm(['ci', '--no-audit', '--no-fund'], folder);
  cpSync(lock, installed);
}

/** Installs one private package: its dependencies, and the library from its tarball. */
export function installPrivate(folder, tarball) {
  installDependencies(folder);
  const target = join(folder, 'node_modules', 'otpure');
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  execFileSync('tar', ['-xzf', tarball, '--strip-components=1', '-C', target]);
}

if (process.argv[1] === import.meta.filename) {
  console.log('Building and packing otpure …');
  if (!existsSync(join(root, 'node_modules'))) npm(['ci', '--ignore-scripts'], root);
  const tarball = packTarball();
  for (const folder of process.argv.slice(2)) {
    console.log(`Installing ${folder} …`);
    installPrivate(resolve(folder), tarball);
  }
}
