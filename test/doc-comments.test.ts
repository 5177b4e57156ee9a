// The examples in the doc comments of the exports are run.
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import * as otpure from '../src/index.js';
import { runExample } from './tools/examples.js';

const source = new URL('../src/', import.meta.url);

// Examples whose result is another one each time.
const RANDOM = ['generateBackupCodes', 'hashBackupCodes', 'parseOtpauthUri'];

/** Doc comments and the exported function below each. */
const documented = readdirSync(source).flatMap((room) =>
  [
    ...readFileSync(new URL(room, source), 'utf8').matchAll(
      /\/\*\*\n((?: \*.*\n)+?) \*\/\nexport (?:async )?function (\w+)/g,
    ),
  ]
    .map(([, comment, name]) => ({ name, comment: comment.replace(/^ \* ?/gm, '') }))
    .filter(({ name }) => name in otpure),
);

test('every exported function is documented, with an example', () => {
  const functions = Object.keys(otpure).filter((name) => name !== 'OtpError');
  expect(documented.map(({ name }) => name).sort()).toEqual(functions.sort());
  for (const { name, comment } of documented) expect(comment, name).toContain('@example');
});

describe.each(documented)('$name', ({ name, comment }) => {
  test('says what it throws', () => {
    expect(comment).toMatch(name === 'generateBackupCodes' ? /@throws/ : /@throws `OtpError`/);
  });

  test('its example runs and returns what it says', async () => {
    const [, example] = comment.split('@example\n');
    const values = await runExample(`doc-${name}`, example);
    expect(values > 0).toBe(!RANDOM.includes(name));
  });
});
