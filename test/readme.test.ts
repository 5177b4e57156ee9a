// The code of the README is run; its SQL is run by test/database.
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import * as otpure from '../src/index.js';
import { runExample } from './tools/examples.js';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const { scripts } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const blocks = [...readme.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code]) => code);

test('has its blocks of code', () => {
  expect(blocks).toHaveLength(3);
});

// How many values each block states: enrolment, moving from other libraries, Steam Guard.
test.each([
  [0, 1],
  [1, 2],
  [2, 1],
])('block %i runs, and returns what it says in %i places', async (index, values) => {
  expect(await runExample(`readme-${index}`, blocks[index])).toBe(values);
});

test('enrolment fits into about 20 lines', () => {
  expect(blocks[0].split('\n').filter((line) => line !== '').length).toBeLessThanOrEqual(22);
});

describe('what it names exists', () => {
  test('every export', () => {
    for (const name of Object.keys(otpure)) expect(readme).toContain(name);
  });

  test('every npm script', () => {
    const named = [...readme.matchAll(/npm run ([\w:-]+)/g)].map(([, script]) => script);
    for (const script of named) expect(scripts, script).toHaveProperty(script);
  });

  test('every file and heading linked to', () => {
    const headings = [...readme.matchAll(/^#+ (.+)$/gm)].map(([, title]) =>
      title.toLowerCase().replaceAll(' ', '-'),
    );
    for (const [, target] of readme.matchAll(/\]\(([^)]+)\)/g)) {
      if (target.startsWith('#')) expect(headings).toContain(target.slice(1));
      else expect(existsSync(new URL(`../${target}`, import.meta.url)), target).toBe(true);
    }
  });
});

test('the number of guesses is the one the attack on the limits prints', () => {
  expect(readme).toContain('gets 100 guesses before the lock, a chance of 0.03 %');
  expect(readme).toContain('100 guesses a second have an even chance within 40 minutes');
});
