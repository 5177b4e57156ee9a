import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

// Not in node_modules and not ignored by Vite, so that Vitest compiles what is written there.
const folder = fileURLToPath(new URL('../../.cache/examples', import.meta.url));

/**
 * A statement and, behind it or on the next line, its value: `f(1); // 2`, `const a = f(1); // 2: a comment`.
 * `…` stands for the end of a string, or for anything.
 */
const VALUE =
  /^( *)((?:const (\w+) = )?([\w(].*?);)(?:\n\1| *)\/\/ (null|true|false|-?\d+|'.*?'|\{.*?\})(?=$|:| \().*/gm;

/** Runs an example as a module, and compares the values in its comments. Returns how many there are. */
export async function runExample(name: string, code: string): Promise<number> {
  let values = 0;
  const checked = code.replace(VALUE, (_, indent, statement, name, expression, value) => {
    values++;
    const expected = value
      .replace(/'([^'…]*)…'/g, "expect.stringContaining('$1')")
      .replace('…', 'expect.anything()');
    return `${indent}${name ? statement : ''}expect(${name ?? expression}).toEqual(${expected});`;
  });
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${name}.ts`);
  writeFileSync(file, `import { expect } from 'vitest';\n${checked}\nexport {};\n`);
  await import(/* @vite-ignore */ pathToFileURL(file).href);
  return values;
}
