// Users put straight into the database, with password hashes that cost next to nothing.
import { randomUUID } from 'node:crypto';
import {
  encodeBase32,
  encryptSecret,
  generateBackupCodes,
  generateSecret,
  hashBackupCodes,
  type StoredSecondFactor,
} from 'otpure';
import type { Store } from '../../src/database.js';
import { hashSessionId } from '../../src/keys.js';
import { hashPassword } from '../../src/passwords.js';
import { keys } from './site.js';

export interface Person {
  email: string;
  password: string;
  /** As it is stored. No two have the same. */
  passwordHash: string;
  id: string;
  /** Base32, as the phone has it; empty while two-factor login is off. */
  key: string;
  codes: string[];
}

const cheap = { memoryCost: 8, timeCost: 1 };
export const password = 'a password of the tests';

export async function addPerson(
  store: Store,
  email: string,
  { twoFactor = true, admin = false, backupCodes = 3, digits = false, failures = 0 } = {},
): Promise<Person> {
  await store.createUser(email, await hashPassword(password, cheap), 'en', admin);
  const user = await store.findLogin(email);
  if (!user) throw new Error('The user was not made.');
  const person = {
    email,
    password,
    passwordHash: user.passwordHash,
    id: user.id,
    key: '',
    codes: [] as string[],
  };
  if (!twoFactor) return person;
  const secret = generateSecret();
  const codes = generateBackupCodes({ count: backupCodes, alphabet: digits ? 'digits' : 'base32' });
  const factor: StoredSecondFactor = {
    id: randomUUID(),
    lastUsedTimeStep: 0,
    backupHashes: await hashBackupCodes(codes, { cost: { N: 16, r: 1, p: 1 } }),
    attempts: failures > 0 ? { failures, lastFailureAt: 0 } : null,
    secret: encryptSecret(secret, keys.secrets, `user ${user.id}`),
  };
  const session = hashSessionId(await store.beginSession(user, 0, 'none'));
  await store.secondFactor(session).store(user.id, factor, { factor: null, version: 0 });
  await store.endSession(session);
  return { ...person, key: encodeBase32(secret), codes };
}
