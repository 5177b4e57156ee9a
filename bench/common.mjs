// What both benchmarks need: the locked packages, the library as an app would get it, and the runtimes.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { installPrivate, npm, packTarball, root } from '../test/tools/install.mjs';

const modules = join(import.meta.dirname, 'node_modules');

const CORE = `export { canonicalCode } from '${root}/src/backup-codes.ts';
export { equalMask } from '${root}/src/constant-time.ts';
export { parseCode } from '${root}/src/hotp.ts';
`;

export function install() {
  installPrivate(import.meta.dirname, packTarball());
  // The comparison core, minified as it is shipped, but under names of its own.
  const core = join(modules, 'otpure-core', 'index.js');
  addPackage('otpure-core', CORE);
  npm(['exec', '--', 'rolldown', core, '--platform', 'node', '--minify', '--file', core], root);
  // The least that an import can cost: a package that needs node:crypto too, and does nothing.
  addPackage('one-line', "export { hash } from 'node:crypto';\n");
}

function addPackage(name, code) {
  mkdirSync(join(modules, name), { recursive: true });
  writeFileSync(join(modules, name, 'package.json'), '{ "type": "module", "exports": "./index.js" }\n');
  writeFileSync(join(modules, name, 'index.js'), code);
}

/** The runtimes that came as packages, by version; without one, or on another platform than theirs, this one. */
export function findRuntimes(versions = '') {
  const paths = versions.split(',').map((version) => join(modules, `node${version}`, 'bin', 'node'));
  const found = paths.filter((path) => existsSync(path));
  return found.length > 0 ? found : [process.execPath];
}

export function shuffle(items) {
  const keyed = items.map((item) => [Math.random(), item]);
  return keyed.sort(([a], [b]) => a - b).map(([, item]) => item);
}
