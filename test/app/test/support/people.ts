// Users put straight into the database, with password hashes that cost next to nothing.
import { encodeBase32, generateBackupCodes, generateSecret, hashBackupCodes } from 'otpure';
import type { Store } from '../../src/database.js';
import { hashPassword } from '../../src/passwords.js';

export interface Person {
  email: string;
  password: string;
  id: string;
  /** Base32, as the phone has it; empty while two-factor login is off. */
  key: string;
  codes: string[];
}

const cheap = { ln: 4, r: 1, p: 1 };
export const password = 'a password of the tests';
const passwordHash = hashPassword(password, cheap);

export async function addPerson(
  store: Store,
  email: string,
  { twoFactor = true, admin = false, backupCodes = 3 } = {},
): Promise<Person> {
  await store.createUser(email, await passwordHash, admin);
  const user = await store.findLogin(email);
  if (!user) throw new Error('The user was not made.');
  const person = { email, password, id: user.id, key: '', codes: [] as string[] };
  if (!twoFactor) return person;
  const secret = generateSecret();
  const codes = generateBackupCodes({ count: backupCodes });
  const backupHashes = await hashBackupCodes(codes, { cost: { N: 16, r: 1, p: 1 } });
  await store.changeSecondFactor(user.id, null, (state) => ({
    state: { ...state, active: { secret, lastUsedTimeStep: 0 }, backupHashes },
    outcome: null,
  }));
  return { ...person, key: encodeBase32(secret), codes };
}
