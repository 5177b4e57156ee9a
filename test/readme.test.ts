// The code of the README is run here on a list of routes and an array; test/app runs it on Express and databases.
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

// What the first block leaves to the app, and then one person who uses it.
const BEFORE = `
import { generateTotp, parseOtpauthUri } from 'otpure';
process.env.TOTP_KEY = '00'.repeat(32);
const rateLimit = () => (req, res, next) => next();
const routes = {};
const app = { post: (path, ...handlers) => { routes[path] = handlers.flat(); } };
const row = { id: 17, email: 'ann@example.com', factor: null, version: 0 };
const query = async (sql, [first, id, version]) => {
  if (sql.startsWith('SELECT')) return [structuredClone(row)];
  if (id !== row.id || version !== row.version) return [];
  row.factor = JSON.parse(JSON.stringify(first));
  row.version++;
  return [{ id }];
};
`;
const AFTER = `
const req = { session: { userId: row.id, passedFactor: 'none' } };
const regenerate = (done) => { req.session = { regenerate }; done(); };
req.session.regenerate = regenerate;
const post = async (path, code) => {
  req.body = { code };
  let answer;
  const res = { json: (body) => { answer = body; }, sendStatus: (status) => { answer = { status }; } };
  for (const handler of routes[path]) {
    let goesOn = false;
    await handler(req, res, () => { goesOn = true; });
    if (!goesOn) return answer;
  }
};
const { secret } = parseOtpauthUri((await post('/setup')).uri);
const now = Date.now();
const code = (steps) => generateTotp(secret, { timestamp: now + 30_000 * steps });
const { backupCodes } = await post('/confirm', code(0));
backupCodes.length; // 10
await startSession(req, row.id);
(await post('/off')); // { status: 401 }
(await post('/code', code(0))); // { status: 401 }
(await post('/code', code(1))); // { loggedIn: true }
(await post('/off')); // { status: 204 }
row; // { id: 17, email: 'ann@example.com', factor: null, version: 4 }
`;

test('the first block sets a factor up, logs in and switches it off, as it stands', async () => {
  const code = block('js', 'updateSecondFactor').replace(
    "import { rateLimit } from 'express-rate-limit';",
    '',
  );
  expect(await runExample('readme-flow', `${BEFORE}${code}${AFTER}`)).toBe(6);
});

test('the block on Steam Guard returns what it says', async () => {
  expect(await runExample('readme-steam', block('ts', 'steamGuard'))).toBe(1);
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
