// Installs the locked dependencies of a private package (a folder with its own package.json) and
// puts the packed library into its node_modules, as an app would get it from the registry.
//
//   node test/tools/install.mjs FOLDER [FOLDER …]
//
// The tarball is not part of any lock file: its content changes with every build.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const cache = join(root, '.cache');

/** Runs npm and returns its output; what npm prints on failure ends up in the error. */
export function npm(args, cwd) {
  // npm on Windows is a .cmd file, which only a shell can start.
  return execFileSync('npm', args, {
    cwd,
    encoding: 'utf8',
    shell: process.platform === 'win32',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** Builds the library, packs it into .cache/ and returns the tarball's path. */
export function packTarball() {
  mkdirSync(cache, { recursive: true });
  // npm builds when it packs, and would print what the build prints in front of its own answer.
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
  mkdirSync(dirname(installed), { recursive: true });
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

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const tarball = packTarball();
  for (const folder of process.argv.slice(2)) installPrivate(resolve(folder), tarball);
}
