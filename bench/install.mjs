// Brings what the benchmarks need: the locked packages, the built library as an app would get it, and
// the room of the library that has no public name.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { installPrivate, packTarball, root } from '../test/tools/install.mjs';

export const folder = import.meta.dirname;

export async function install() {
  installPrivate(folder, packTarball());
  const { buildSync } = await import('esbuild');
  buildSync({
    stdin: {
      contents: "export * from './constant-time.ts'; export * from './hotp.ts';",
      resolveDir: join(root, 'src'),
    },
    footer: { js: 'export { parseCode };' },
    outfile: join(folder, 'node_modules', '.cache', 'otpure-core.mjs'),
    bundle: true,
    platform: 'node',
    format: 'esm',
    // As in the library's own build: newer syntax stays, names and comments don't matter.
    target: 'es2022',
  });
}

/** The runtimes that came as packages; on another platform than theirs, the one this runs on. */
export function findRuntimes(wanted = ['20', '24', '26']) {
  const found = wanted
    .map((version) => join(folder, 'node_modules', `node${version}`, 'bin', 'node'))
    .filter((path) => existsSync(path));
  return found.length > 0 ? found : [process.execPath];
}
