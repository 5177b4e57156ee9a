// What the README tells people to copy is what was run against a hundred parallel requests.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from '../tools/install.mjs';

const squeeze = (text) => text.replace(/\s+/g, ' ').trim();
const steps = squeeze(readFileSync(new URL('steps.mjs', import.meta.url), 'utf8'));
const readme = readFileSync(join(root, 'README.md'), 'utf8');
// Statements stand in the README as strings of its code blocks.
const blocks = [...readme.matchAll(/```(?:js|ts)\n(.*?)```/gs)].map(([, code]) => code).join('\n');
const statements = [...blocks.matchAll(/(['`])((?:SELECT|INSERT|UPDATE|DELETE)\s[^'`]*)\1/g)].map(
  ([, , sql]) => squeeze(sql),
);

test('the README shows statements for attempts, time steps and backup codes', () => {
  for (const what of [/SET attempts = \$1/, /SET last_used_time_step = \$1/, /DELETE FROM backup_codes/]) {
    assert.ok(
      statements.some((sql) => what.test(sql)),
      String(what),
    );
  }
});

for (const sql of new Set(statements)) {
  test(`the README's statement is the one tested: ${sql}`, () => {
    assert.ok(steps.includes(sql));
  });
}
