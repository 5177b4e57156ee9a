// The blocks of the README are run, and what it names exists.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import * as otpure from '../src/index.js';
import { runExample } from './tools/examples.js';

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
const readme = read('README.md');
const { scripts } = JSON.parse(read('package.json'));
const headings = [...readme.matchAll(/^#+ (.+)$/gm)].map(([, title]) => title);

/** The blocks under each heading that are run here as one module; the others are parts of test/examples, and run there. */
const sections = readme.split(/^##+ /m).map((section) => {
  const [title] = section.split('\n');
  const blocks = [...section.matchAll(/^```(?:js|ts)\n([\s\S]*?)^```$/gm)].map(([, code]) => code);
  const examples = blocks.filter((code) => /app\.post|affectedRows/.test(code));
  return { title, examples, code: blocks.filter((code) => !examples.includes(code)).join('') };
});

// What a block leaves to the app, and what the app does with it.
const USERS = `
import * as otpure from 'otpure';
const { generateTotp } = otpure;
const key = Buffer.alloc(32, 7);
process.env.TOTP_KEY = key.toString('hex');
const rows = [17, 18].map((id) => ({ id, factor: null, version: 0, otp_secret: 'GEZDGNBVGY3TQOJQ' }));
const query = async (sql, values = []) => {
  const [factor] = values;
  const [userId, readVersion] = sql.startsWith('SELECT') ? values : values.slice(-2);
  if (sql.startsWith('SELECT')) return structuredClone(rows.filter(({ id, version }) => (userId ? id === userId : version === 0)));
  return rows
    .filter(({ id, version }) => id === userId && version === readVersion)
    .map((row) => Object.assign(row, { factor, version: readVersion + 1 }));
};
const read = async (id) => (await query('SELECT', [id]))[0];
const store = async (id, factor, { version }) => (await query('UPDATE', [factor, id, version])).length === 1;
`;
const AROUND: Record<string, [before: string, after: string]> = {
  'Two-factor login': [
    USERS,
    `const { setupKey, pendingSecret } = twoFactor.setUp(17, 'ann@example.com');
const code = generateTotp(otpure.decodeBase32(setupKey));
const confirmed = await twoFactor.confirm(17, { pendingSecret, code });
confirmed.backupCodes.length; // 10
await twoFactor.verify(17, code); // null
(await twoFactor.verify(17, confirmed.backupCodes[0])).backupCodesLeft; // 9`,
  ],
  'Moving from other libraries': [
    `${USERS}
// One was moved, and then switched off; another one's secret is broken, which is told and nothing more.
rows[0].version = 2;
rows.unshift({ id: 19, factor: null, version: 0, otp_secret: 'O0' });
const told = [];
const console = { error: (...said) => told.push(said) };
const twoFactor = otpure.createTwoFactor({ issuer: 'Acme', key, read, store, minSecretBytes: 10 });`,
    `told.join(); // '19,INVALID_BASE32'
rows.filter(({ factor }) => factor).length; // 1
(await twoFactor.verify(18, generateTotp(base32(rows[2].otp_secret), { minSecretBytes: 10 }))).kind; // 'totp'`,
  ],
};

describe('runs, and returns what its comments say:', () => {
  test.each(sections.filter(({ code }) => code !== ''))('$title', async ({ title, code }) => {
    const [before, after] = AROUND[title] ?? ['', ''];
    const checked = await runExample(`readme-${title.replace(/\W+/g, '-')}`, `${before}${code}${after}`);
    expect(checked).toBe(`${code}${after}`.match(/;[ \n]*\/\/ (?:null|true|false|-?\d|'|\{)/g)?.length);
  });
});

test('the block for Express is a part of test/examples/express.mjs', () => {
  const [, part] = read('test/examples/express.mjs').split(/^\/\/ README: .*\n/m);
  expect(sections.find(({ title }) => title === 'An app in Express')?.examples).toEqual([part]);
});

test('the lines for each kind of storage are those of test/examples/stores', () => {
  const folder = 'test/examples/stores';
  const compact = (code: string) =>
    code
      .replace(/(['`])UPDATE.*?\1/s, 'UPDATE')
      .replace(/<[A-Z]\w+>/g, '')
      .replace(/\s|,(?=\s*[)\]}])/g, '');
  const stores = readdirSync(new URL(`../${folder}`, import.meta.url)).filter((name) => name.endsWith('.ts'));
  const code = stores.map((name) => compact(read(`${folder}/${name}`)));
  const lines = sections.find(({ title }) => title === 'Storage')?.examples[0].split(/^\/\/ .*\n/m) ?? [];
  expect(lines).toHaveLength(9);
  for (const line of lines)
    expect(code.filter((one) => one.includes(compact(line))).length, line).toBeGreaterThan(0);
});

describe('what it names exists:', () => {
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
    const anchors = headings.map((title) =>
      title
        .toLowerCase()
        .replace(/[^\w -]/g, '')
        .replaceAll(' ', '-'),
    );
    for (const [, target] of readme.matchAll(/\]\(([^)]+)\)/g)) {
      if (target.startsWith('#')) expect(anchors).toContain(target.slice(1));
      else if (!target.startsWith('https:'))
        expect(existsSync(new URL(`../${target}`, import.meta.url)), target).toBe(true);
    }
  });
});
