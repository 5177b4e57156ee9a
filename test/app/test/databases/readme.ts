// The README's block of two-factor login as the Express app that it is: what people copy is what runs here.
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import express, { type RequestHandler } from 'express';
import session from 'express-session';
import * as otpure from 'otpure';

export type Query = (sql: string, values?: unknown[]) => Promise<unknown[]>;

export interface Current {
  factor: otpure.SecondFactor | null;
  version: number;
}

/** How a person's factor is read and replaced: what differs between databases and ORMs. */
export type Stored = (userId: number) => {
  read(): Promise<Current>;
  store(factor: otpure.SecondFactor | null, current: Current): Promise<boolean>;
};

const readme = readFileSync(new URL('../../../../README.md', import.meta.url), 'utf8');
const blocks = [...readme.matchAll(/^```js\n(.*?)^```/gms)].map(([, code = '']) => code);
const IMPORTS = /^import .*?^import (\{[^}]*\}) from 'otpure';\n/ms;
const block = blocks.find((code) => IMPORTS.test(code)) ?? '';

/** The lines that the README has for other databases and ORMs. */
export const otherStores = (blocks.find((code) => code.includes('// Drizzle')) ?? '')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('//'));

// What is tested here is the order of statements: scrypt is the cheapest, and all decide before one of them stores.
const cost = { N: 2, r: 1, p: 1 };
const library: typeof otpure = {
  ...otpure,
  createSecondFactor: (secret, typed, options) =>
    otpure.createSecondFactor(secret, typed, { ...options, cost }),
  updateSecondFactor: (steps) =>
    otpure.updateSecondFactor({
      ...steps,
      async decide(current) {
        await setTimeout(20);
        return steps.decide(current);
      },
    }),
};

/** A part of the README's block, and what stands there instead. */
type Change = [part: string | RegExp, instead: string];
const OTHER_STORE: Change = [
  /^const changeFactor = .*?^\}\);$/ms,
  'const changeFactor = (userId, decide) => updateSecondFactor({ ...stored(userId), decide });',
];

type RateLimit = (options: { limit: number; keyGenerator(req: express.Request): string }) => RequestHandler;
const noLimit: RateLimit = () => (_req, _res, next) => next();

/** Serves the block on the README's `query` or on another way to store; by default without a limit of requests. */
export async function serveReadme(
  on: Query | { stored: Stored },
  { rateLimit = noLimit, change = ['', ''] }: { rateLimit?: RateLimit; change?: Change } = {},
) {
  const isQuery = typeof on === 'function';
  const [part, instead] = isQuery ? change : OTHER_STORE;
  const code = block.replace(IMPORTS, '').replace(part, () => instead);
  if (part !== '' && !code.includes(instead)) throw new Error(`The README's block has no ${part}.`);
  const app = express().set('env', 'test');
  app.use(express.json(), session({ secret: 'of the tests', resave: false, saveUninitialized: false }));
  const given = {
    app,
    promisify,
    rateLimit,
    otpure: library,
    process: { env: { TOTP_KEY: '07'.repeat(32) } },
    stored: isQuery ? null : on.stored,
    query: isQuery
      ? on
      : async (_sql: string, [id]: [number]) => {
          const { factor } = await on.stored(id).read();
          return [{ id, email: 'ada@example.com', factor }];
        },
  };
  const rest = `
    app.post('/password', async (req, res) => {
      await startSession(req, req.body.userId);
      res.json({});
    });
    app.get('/me', loggedIn, (req, res) => res.json({}));`;
  new Function(...Object.keys(given), `const ${IMPORTS.exec(block)?.[1]} = otpure; ${code} ${rest}`)(
    ...Object.values(given),
  );
  const server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    client: () => new Client(url),
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** A browser with one cookie. */
export class Client {
  cookie = '';
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  async request(method: string, path: string, body?: unknown) {
    const response = await fetch(this.#url + path, {
      method,
      headers: { cookie: this.cookie, ...(body !== undefined && { 'content-type': 'application/json' }) },
      body: JSON.stringify(body),
    });
    this.cookie = response.headers.get('set-cookie')?.split(';')[0] ?? this.cookie;
    const text = await response.text();
    return { status: response.status, ...(text.startsWith('{') && JSON.parse(text)) };
  }

  post = (path: string, body?: unknown) => this.request('POST', path, body);

  isLoggedIn = async () => (await this.request('GET', '/me')).status === 200;
}
