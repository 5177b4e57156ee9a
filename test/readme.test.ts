// The code of the README is run here on an array for a table; test/app runs its SQL on real databases.
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import * as otpure from '../src/index.js';
import { runExample } from './tools/examples.js';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const { scripts } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const headings = [...readme.matchAll(/^#+ (.+)$/gm)].map(([, title]) => title);

function block(language: string, text: string): string {
  const blocks = [...readme.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)];
  const found = blocks.filter(([, name, code]) => name === language && code.includes(text));
  expect(found, `blocks of ${language} with ${text}`).toHaveLength(1);
  return found[0][2];
}

// What the first block leaves to the app. Each code that is typed is that of the next time step.
const APP = `
import { generateTotp } from 'otpure';
process.env.TOTP_KEY = '00'.repeat(32);
const row = { id: 17, second_factor: null, version: 0 };
const user = { id: 17, email: 'ann@example.com', get second_factor() { return row.second_factor; } };
const session = {};
let shown, taken = 0;
const show = (codes) => { shown = codes; };
Object.defineProperty(globalThis, 'typed', {
  configurable: true,
  get: () => generateTotp(secret, { timestamp: Date.now() + 30_000 * taken++ }),
});
const query = async (sql, [first, id, version]) => {
  if (sql.startsWith('SELECT')) return [{ factor: structuredClone(row.second_factor), version: row.version }];
  if (id !== row.id || version !== row.version) return [];
  row.second_factor = JSON.parse(JSON.stringify(first));
  row.version++;
  return [{ id }];
};
`;

test('the first block sets a factor up, logs in and switches it off, as it stands', async () => {
  const values = `
    loggedIn; // true
    shown.length; // 10
    match.kind; // 'totp'
    match.factorId === session.passed_factor; // true
    off; // true
    row; // { id: 17, second_factor: null, version: 3 }
  `.replaceAll(
    'match.factorId === session.passed_factor',
    'Object.is(match.factorId, session.passed_factor)',
  );
  expect(await runExample('readme-flow', `${APP}${block('js', 'updateSecondFactor')}${values}`)).toBe(6);
});

test('the block on Steam Guard returns what it says', async () => {
  expect(await runExample('readme-steam', block('ts', 'steamGuard'))).toBe(1);
});

test('has at most 2,000 words', () => {
  expect(readme.split(/\s+/).length).toBeLessThanOrEqual(2000);
});

describe('what it names exists', () => {
  test('every export has a heading of its own, with its parameters', () => {
    for (const [name, value] of Object.entries(otpure)) {
      expect(headings.filter((title) => title === name || title.startsWith(`${name}(`))).toHaveLength(1);
      expect(typeof value).toBe('function');
    }
  });

  test('every npm script', () => {
    const named = [...readme.matchAll(/npm run ([\w:-]+)/g)].map(([, script]) => script);
    expect(named).not.toHaveLength(0);
    for (const script of named) expect(scripts, script).toHaveProperty(script);
  });

  test('every file and heading linked to', () => {
    const anchors = headings.map((title) => title.toLowerCase().replaceAll(' ', '-'));
    for (const [, target] of readme.matchAll(/\]\(([^)]+)\)/g)) {
      if (target.startsWith('#')) expect(anchors).toContain(target.slice(1));
      else expect(existsSync(new URL(`../${target}`, import.meta.url)), target).toBe(true);
    }
  });
});
