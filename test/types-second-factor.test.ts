// What must compile, and what must not, of two-factor login and of secrets at rest: see types.test.ts.
import { expectTypeOf, test } from 'vitest';
import {
  createSecondFactor,
  decryptSecret,
  encryptSecret,
  hasPassed,
  replaceBackupCodes,
  type SecondFactor,
  type SecondFactorMatch,
  type SecondFactorUpdate,
  updateSecondFactor,
  verifySecondFactor,
} from '../src/index.js';

const secret = new Uint8Array(20);
type Stored = SecondFactor & { secret: string };
const factor: Stored = { id: '', lastUsedTimeStep: null, backupHashes: [], attempts: null, secret: '' };
const read = async (): Promise<{ factor: Stored | null; version: number }> => ({ factor, version: 1 });

// Compiled, never run.
function mustCompile(session: { passedFactor?: string | null }): void {
  createSecondFactor(secret, '123456', { fields: { secret: 'x' }, backupCodes: false });
  createSecondFactor(secret, '123456', {
    ...{
      algorithm: undefined,
      window: undefined,
      backupCodes: undefined,
      pepper: undefined,
      cost: undefined,
    },
    fields: undefined,
  });
  verifySecondFactor(secret, factor, '123456', { only: 'totp', maxFailures: 10, timestamp: new Date() });
  verifySecondFactor(secret, factor, '123456', {
    only: undefined,
    pepper: [secret] as const,
    digits: undefined,
  });
  verifySecondFactor(secret, Object.freeze({ ...factor }), '123456');
  replaceBackupCodes(factor, { backupCodes: { count: 5 }, pepper: secret });
  hasPassed(factor, session.passedFactor);
  hasPassed(null, undefined);
  decryptSecret(encryptSecret(secret, Buffer.alloc(32), 'user 17'), [secret, secret] as const, 'user 17');
  updateSecondFactor({
    read,
    decide: ({ factor, version }) =>
      factor && version > 0 ? verifySecondFactor(secret, factor, '123456') : null,
    store: (next, { version }) => next?.secret !== undefined && version > 0,
  });
  updateSecondFactor({
    read,
    decide: ({ factor }) =>
      factor ? null : createSecondFactor(secret, '123456', { fields: { secret: 'x' } }),
    store: async () => true,
  });
  updateSecondFactor({
    read,
    decide: ({ factor }) => (hasPassed(factor, session.passedFactor) ? { factor: null, result: true } : null),
    store: () => false,
  });
}

async function mustNotCompile(): Promise<void> {
  // @ts-expect-error a person without a factor is not verified
  verifySecondFactor(secret, null, '123456');
  // @ts-expect-error the options in place of the factor
  verifySecondFactor(secret, { window: 1 }, '123456');
  // @ts-expect-error the factor was forgotten
  verifySecondFactor(secret, '123456');
  // @ts-expect-error a column was left out
  verifySecondFactor(secret, { id: '', backupHashes: [], attempts: null }, '123456');
  // @ts-expect-error a secret is bytes
  verifySecondFactor('GEZDGNBVGY3TQOJQ', factor, '123456');
  // @ts-expect-error a code is a string
  verifySecondFactor(secret, factor, 123456);
  // @ts-expect-error there are two kinds
  verifySecondFactor(secret, factor, '123456', { only: 'sms' });
  // @ts-expect-error an async result is no decision
  verifySecondFactor(secret, factor, '123456').result;
  // @ts-expect-error a refusal is null
  (await verifySecondFactor(secret, factor, '123456')).result.passedFactor;
  // @ts-expect-error a wrong code makes no factor
  (await createSecondFactor(secret, '123456')).factor;
  // @ts-expect-error the factor is stored as a whole: its fields stay
  (await verifySecondFactor(secret, factor, '123456')).factor.other;
  // @ts-expect-error there are none without a factor
  replaceBackupCodes(null);
  // @ts-expect-error undefined is a column that was left out
  hasPassed(undefined, 'id');
  // @ts-expect-error what the session passed is required
  hasPassed(factor);
  // @ts-expect-error a factor in place of its id
  hasPassed(factor, factor);
  // @ts-expect-error the context is required
  encryptSecret(secret, secret);
  // @ts-expect-error a secret is bytes
  encryptSecret('GEZDGNBVGY3TQOJQ', secret, 'user 17');
  // @ts-expect-error a key is bytes
  decryptSecret('otpure1.x.y', 'key', 'user 17');
  // @ts-expect-error a context is text
  decryptSecret('otpure1.x.y', secret, 17);
  // @ts-expect-error nothing to store with
  updateSecondFactor({ read, decide: () => null });
  // @ts-expect-error a decision has a result
  updateSecondFactor({ read, decide: () => ({ factor: null }), store: () => true });
  // @ts-expect-error store says whether it stored
  updateSecondFactor({ read, decide: () => ({ factor: null, result: true }), store: () => {} });
  // @ts-expect-error what is read holds the factor
  updateSecondFactor({ read: () => ({ version: 1 }), decide: () => null, store: () => true });
  updateSecondFactor({
    read,
    // @ts-expect-error the factor that was read may be null
    decide: ({ factor }) => verifySecondFactor(secret, factor, '123456'),
    store: () => true,
  });
}

void [mustCompile, mustNotCompile];

test('results', () => {
  expectTypeOf<SecondFactorMatch>().toEqualTypeOf<{
    passedFactor: string;
    kind: 'totp' | 'backup-code';
    failures: number;
    drift: number | null;
  }>();
  expectTypeOf(encryptSecret).returns.toEqualTypeOf<string>();
  expectTypeOf(decryptSecret).returns.toEqualTypeOf<Uint8Array<ArrayBuffer>>();
  expectTypeOf(hasPassed).returns.toEqualTypeOf<boolean>();
  const verify = () => verifySecondFactor(secret, factor, '');
  expectTypeOf(verify).returns.resolves.toEqualTypeOf<SecondFactorUpdate<Stored, SecondFactorMatch | null>>();
  const replace = () => replaceBackupCodes(factor);
  type NewCodes = { passedFactor: string; backupCodes: string[] };
  expectTypeOf(replace).returns.resolves.toEqualTypeOf<SecondFactorUpdate<Stored, NewCodes>>();
  const plain = async () => (await createSecondFactor(secret, ''))?.result;
  expectTypeOf(plain).returns.resolves.toEqualTypeOf<NewCodes | undefined>();
  const fields = async () => (await createSecondFactor(secret, '', { fields: { secret: 'x' } }))?.factor;
  expectTypeOf(fields).returns.resolves.toExtend<Stored | undefined>();
});

test('an update tells the result, or null', () => {
  const login = () =>
    updateSecondFactor({
      read,
      decide: ({ factor }) => factor && verifySecondFactor(secret, factor, ''),
      store: () => true,
    });
  expectTypeOf(login).returns.resolves.toEqualTypeOf<SecondFactorMatch | null>();
  const switchOff = () =>
    updateSecondFactor({ read, decide: () => ({ factor: null, result: true }), store: () => true });
  expectTypeOf(switchOff).returns.resolves.toEqualTypeOf<boolean | null>();
});
