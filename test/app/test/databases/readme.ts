// The README's block of two-factor login, taken apart into its steps: what people copy is what runs here.
import { readFileSync } from 'node:fs';
import * as otpure from 'otpure';

export interface Session {
  pending_secret?: string | null;
  passed_factor?: string | null;
}

/** One request: the session it belongs to, the person, what was typed, and where backup codes are shown. */
export interface Request {
  session: Session;
  user: { id: number; email: string; second_factor?: otpure.SecondFactor | null };
  typed?: string;
  show?: (backupCodes: string[]) => void;
}

export interface Current {
  factor: otpure.SecondFactor | null;
  version: number;
}

/** How a person's factor is read and replaced: what differs between databases and ORMs. */
export type Stored = (userId: number) => {
  read(): Promise<Current>;
  store(factor: otpure.SecondFactor | null, current: Current): Promise<boolean>;
};

export type Query = (sql: string, values?: unknown[]) => Promise<unknown[]>;

export interface Flow {
  /** What the README's `changeFactor` reads and stores with. */
  stored: Stored;
  /** The README's steps on its own way to store, or on another one. */
  steps(stored: Stored): {
    setUp(request: Request): Promise<string>;
    confirm(request: Request): Promise<void>;
    logIn(request: Request): Promise<void>;
    isLoggedIn(request: Request): Promise<boolean>;
    switchOff(request: Request): Promise<void>;
  };
}

const readme = readFileSync(new URL('../../../../README.md', import.meta.url), 'utf8');
const blocks = [...readme.matchAll(/^```js\n(.*?)^```/gms)].map(([, code = '']) => code);
const block = blocks.find((code) => code.includes('const changeFactor = ')) ?? '';
const [, names, code = ''] = /^import (\{.*?\}) from 'otpure';\n(.*)$/s.exec(block) ?? [];
const [prelude = '', ...parts] = code.split(/^(?=\/\/ \d\. )/m);

/** The lines that the README has for other databases and ORMs. */
export const otherStores = (blocks.find((code) => code.includes('// Drizzle')) ?? '')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('//'));

function step(title: string, result = ''): string {
  const part = parts.find((text) => text.slice('// 1. '.length).startsWith(title));
  if (part === undefined) throw new Error(`The README's block has no step "${title}".`);
  return `async ({ session, user, typed, show }) => { ${part}\nreturn ${result}; }`;
}

// The cheapest scrypt: what is tested here is the order of statements.
const cost = { N: 2, r: 1, p: 1 };
const cheap: typeof otpure = {
  ...otpure,
  createSecondFactor: (secret, typed, options) =>
    otpure.createSecondFactor(secret, typed, { ...options, cost }),
};

/** `edit` spoils it. */
export function readmeFlow(query: Query, edit = (code: string) => code): Flow {
  const body = `const ${names} = otpure;
    ${edit(prelude)}
    return {
      changeFactor,
      steps: (stored) => {
        const changeFactor = (userId, decide) => updateSecondFactor({ ...stored(userId), decide });
        return {
          isLoggedIn: ${step('At each request', 'loggedIn')},
          setUp: ${step('Set up', 'uri')},
          confirm: ${step('Confirm')},
          logIn: ${step('Log in')},
          switchOff: ${step('Switch off')},
        };
      },
    };`;
  const run = (library: object) =>
    new Function('otpure', 'process', 'query', body)(library, { env: { TOTP_KEY: '07'.repeat(32) } }, query);
  const { changeFactor: stored } = run({ ...cheap, updateSecondFactor: (calls: object) => calls });
  return { stored, steps: run(cheap).steps };
}
