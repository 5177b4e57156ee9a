// Builds dist: one file of JavaScript, which is quicker to import than many, and one of types.
import { execSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { build } from 'rolldown';
import { parseSync } from 'rolldown/utils';

rmSync('dist', { recursive: true, force: true });
execSync('tsc -p tsconfig.json', { stdio: 'inherit' });
const declarations = Object.fromEntries(
  readdirSync('dist').map((name) => [name, readFileSync(`dist/${name}`, 'utf8')]),
);
for (const name of Object.keys(declarations)) rmSync(`dist/${name}`);
// In the order of src/index.ts, without the imports of one another. `export {}` keeps private what no module exports.
const modules = [...declarations['index.d.ts'].matchAll(/ from '\.\/(.+)\.js';$/gm)];
const types = modules
  .map(([, name]) => declarations[`${name}.d.ts`].replace(/^import .*\n|^export \{\};\n/gm, ''))
  .join('')
  .replace(/^(?: {4})+/gm, (spaces) => '\t'.repeat(spaces.length / 4))
  // For the size of the package; the README has examples.
  .replace(/(?:^ \*\n)?^ \* @example\n.*?(?=^ \*\/$)/gms, '');
writeFileSync('dist/index.d.ts', `${types}export {};\n`);

/** Rewrites each comment of a source, given its text and what follows it. */
function rewriteComments(file, code, rewrite) {
  return parseSync(file, code).comments.reduceRight(
    (text, { start, end }) =>
      text.slice(0, start) + rewrite(text.slice(start, end), text.slice(end)) + text.slice(end),
    code,
  );
}

// People read what they install: the file keeps the comments, but the docs of exports, which are in the types.
const comments = {
  name: 'comments',
  transform: (code, file) =>
    rewriteComments(file, code, (comment, after) => {
      // Rolldown drops line comments, unless they begin with `//!`, as licences do.
      if (comment.startsWith('//')) return `//!${comment.slice(2)}`;
      if (/^\s*export\b/.test(after) && !comment.includes('@internal')) return '';
      const text = comment.replace(/(?:\n \*)* @internal\b/, '');
      return text === '/** */' ? '' : text;
    }),
  renderChunk: (code) => rewriteComments('index.js', code, (comment) => comment.replace(/^\/\/!/, '//')),
};

await build({
  input: 'src/index.ts',
  platform: 'node',
  plugins: [comments],
  // Constants keep their names, and modules a blank line between them.
  optimization: { inlineConst: false },
  output: { file: 'dist/index.js', minify: false },
});
