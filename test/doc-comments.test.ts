// Doc comments of the exports are complete, and their examples are run.
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import * as otpure from '../src/index.js';
import { runExample } from './tools/examples.js';

const source = new URL('../src/', import.meta.url);

// Examples whose result is another one each time.
const RANDOM = ['generateBackupCodes', 'hashBackupCodes', 'parseOtpauthUri'];

const modules = readdirSync(source).map((name) => readFileSync(new URL(name, source), 'utf8'));

/** Doc comments and the exported function below each. */
const documented = modules.flatMap((code) =>
  [...code.matchAll(/\/\*\*\n((?: \*.*\n)+?) \*\/\nexport (?:async )?function (\w+)/g)]
    .map(([, comment, name]) => ({ name, comment: comment.replace(/^ \* ?/gm, '') }))
    .filter(({ name }) => name in otpure),
);

const functions: Record<string, unknown> = { ...otpure };

test('every exported function is documented, with an example', () => {
  const names = Object.keys(functions).filter((name) => name !== 'OtpError');
  expect(documented.map(({ name }) => name).sort()).toEqual(names.sort());
  for (const { name, comment } of documented) expect(comment, name).toContain('@example');
});

const types = modules.flatMap((code) => [
  ...code.matchAll(/^([^\n]*\*\/\n)?export (?:interface|type) (\w+)[^{;\n]*\{\n(.*?)\n\}/gms),
]);
const index = readFileSync(new URL('index.ts', source), 'utf8');
const publicTypes = types.filter(([, , name]) => index.includes(`type ${name},`));

test.each(publicTypes.map(([, comment, name, body]) => ({ name, comment, body })))(
  'the type $name and its fields are documented',
  ({ comment, body }) => {
    expect(comment).toBeDefined();
    expect(body.match(/(?<!\*\/\n)^ {2}\w+\??: .*$/gm)).toBeNull();
  },
);

describe.each(documented)('$name', ({ name, comment }) => {
  test('says what it does, takes, returns and throws', () => {
    const [, list] = /\((.*?)\) \{/s.exec(String(functions[name])) ?? [];
    const parameters = list.split(',').map((parameter) => parameter.trim().split(' ')[0]);
    expect(comment).toMatch(/^[A-Z][a-z]+s /);
    expect([...comment.matchAll(/^@param (\w+) /gm)].map(([, parameter]) => parameter)).toEqual(parameters);
    expect(comment).toContain('@returns ');
    expect(comment).toMatch(name === 'generateBackupCodes' ? /@throws/ : /@throws `OtpError`/);
  });

  test('its example runs and returns what it says', async () => {
    const [, example] = comment.split('@example\n');
    const values = await runExample(`doc-${name}`, example);
    expect(values > 0).toBe(!RANDOM.includes(name));
  });
});
