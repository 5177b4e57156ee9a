// Builds dist: the types of the public names, and one JavaScript file, which is quicker to import than many.
import { execSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { build } from 'rolldown';
import { parseSync } from 'rolldown/utils';

rmSync('dist', { recursive: true, force: true });
execSync('tsc -p tsconfig.json', { stdio: 'inherit' });
for (const file of readdirSync('dist').map((name) => `dist/${name}`)) {
  // Nothing of this module is public.
  if (readFileSync(file, 'utf8') === 'export {};\n') rmSync(file);
}

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
      const isPublic = /^\s*export\b/.test(after) && !comment.includes('@internal');
      return isPublic || comment === '/** @internal */' ? '' : comment;
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
