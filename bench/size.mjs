// What a package weighs: on disk with all it depends on, and in a bundle.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { buildSync } from 'esbuild';
import { folder } from './install.mjs';

/** Bytes unpacked and number of packages, dependencies included; bytes minified and gzipped. */
export function measureSize(name) {
  const packages = collectPackages(name, folder);
  let unpacked = 0;
  for (const path of packages) unpacked += sizeOf(path);
  const { outputFiles } = buildSync({
    stdin: { contents: `export * from ${JSON.stringify(name)};`, resolveDir: folder },
    bundle: true,
    minify: true,
    write: false,
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
  });
  const minified = outputFiles[0].contents;
  return {
    name,
    packages: packages.size,
    unpacked,
    minified: minified.length,
    gzipped: gzipSync(minified).length,
  };
}

function collectPackages(name, from, found = new Set()) {
  const path = resolvePackage(name, from);
  if (found.has(path)) return found;
  found.add(path);
  const { dependencies = {} } = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8'));
  for (const dependency of Object.keys(dependencies)) collectPackages(dependency, path, found);
  return found;
}

/** The nearest one, as Node looks for it. */
function resolvePackage(name, from) {
  const path = join(from, 'node_modules', name);
  if (existsSync(join(path, 'package.json'))) return path;
  if (dirname(from) === from) throw new Error(`${name} is not installed`);
  return resolvePackage(name, dirname(from));
}

function sizeOf(path) {
  let bytes = 0;
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    if (entry.name === 'node_modules') continue;
    const inside = join(path, entry.name);
    bytes += entry.isDirectory() ? sizeOf(inside) : statSync(inside).size;
  }
  return bytes;
}
