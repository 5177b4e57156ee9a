// A stored second factor, and the codes of its secret, for the tests of two-factor login.
import * as crypto from 'node:crypto';
import { expect, vi } from 'vitest';
import { createSecondFactor, hashBackupCodes, type SecondFactor } from '../../src/index.js';
import { ascii, loadVectors } from './vectors.js';

export const secret = ascii('12345678901234567890');
/** The code of step n is codes[n]. */
export const codes = loadVectors<{ vectors: { code: string }[] }>('rfc4226.json').vectors.map(
  ({ code }) => code,
);
export const at = (step: number) => ({ timestamp: step * 30_000 });
export const NOW = at(5);
export const CHEAP = { cost: { N: 2, r: 1, p: 1 } };
export const backupCodes = ['aaaa-aaaa-aaaa-aaaa', 'bbbb-bbbb-bbbb-bbbb'];

export type StoredFactor = SecondFactor & { secret: string };

/** Frozen: what decides must not change it. */
export async function storedFactor(): Promise<StoredFactor> {
  const created = await createSecondFactor(secret, codes[5], { ...NOW, backupCodes: false });
  return Object.freeze({
    id: created?.factor.id ?? expect.fail(),
    lastUsedTimeStep: 4,
    backupHashes: Object.freeze(await hashBackupCodes(backupCodes, CHEAP)) as string[],
    attempts: null,
    secret: 'otpure1.x',
  });
}

/** Counts what is computed from here on. */
export function watchWork() {
  const scrypt = vi.spyOn(crypto, 'scrypt');
  const hashes = [
    vi.spyOn(crypto, 'hash'),
    vi.spyOn(crypto, 'createHmac'),
    vi.spyOn(crypto, 'timingSafeEqual'),
  ];
  return {
    scrypts: () => scrypt.mock.calls.length,
    hashes: () => hashes.reduce((sum, { mock }) => sum + mock.calls.length, 0),
  };
}
