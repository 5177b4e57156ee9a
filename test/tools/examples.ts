import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

// Not in node_modules and not ignored by Vite, so that Vitest compiles what is written there.
const folder = fileURLToPath(new URL('../../.cache/examples', import.meta.url));

/** An expression statement and, behind it or on the next line, its value: `f(1); // 2`. */
const VALUE =
  /^(\s*)((?:new |await |\(await )?[\w.?]+(?:\(.*\)[\w.)]*)?);(?:\n\1|[ ]*)\/\/ (null$|true$|false$|-?\d+$|'.*'$|\{.*\}$)/gm;

/**
 * Runs an example of the documentation as a module; what its comments say a call returns is compared
 * with what it returns.
 *
 * @param imports Names the example uses without importing them.
 * @returns How many values were compared.
 */
export async function runExample(
  name: string,
  code: string,
  imports: readonly string[] = [],
): Promise<number> {
  let values = 0;
  const checked = code.replace(VALUE, (_, indent, expression, value) => {
    values++;
    return `${indent}expect(${expression}).toEqual(${value});`;
  });
  const used = imports.filter((item) => new RegExp(`\\b${item}\\b`).test(code));
  const header = [
    "import { expect } from 'vitest';",
    used.length > 0 && !code.includes("from 'otpure'") ? `import { ${used.join(', ')} } from 'otpure';` : '',
  ];
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${name}.ts`);
  writeFileSync(file, [...header, checked, 'export {};', ''].join('\n'));
  await import(/* @vite-ignore */ pathToFileURL(file).href);
  return values;
}
