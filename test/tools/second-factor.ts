// A stored second factor, and the codes of its secret, for the tests of two-factor login.
import * as crypto from 'node:crypto';
import { expect, vi } from 'vitest';
import * as otp from '../../src/index.js';
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

/** Frozen: what decides must not change it. */
export async function storedFactor(): Promise<otp.StoredSecondFactor> {
  const created = await otp.createSecondFactor(secret, codes[5], { ...NOW, backupCodes: false });
  return Object.freeze({
    id: created?.factor.id ?? expect.fail(),
    lastUsedTimeStep: 4,
    backupHashes: Object.freeze(await otp.hashBackupCodes(backupCodes, CHEAP)) as string[],
    attempts: null,
    secret: 'otpure1.x',
  });
}

export const KEY = new Uint8Array(32).fill(1);
export interface Row {
  factor: otp.StoredSecondFactor | null;
  version: number;
}
type Config = Partial<otp.TwoFactorConfig<number, Row>>;

/** An app with one user, 17, whose row is kept as text, and with a clock that stands. */
export function createApp(config: Config = {}) {
  const refusals: otp.TwoFactorRefusal<number>[] = [];
  const app = {
    now: NOW.timestamp,
    row: '{"factor":null,"version":0}',
    refusals,
    /** What is stored, for reading. */
    get factor(): otp.StoredSecondFactor {
      return JSON.parse(app.row).factor;
    },
    /** Changes what is stored behind the library's back. */
    change: (fields: object) => {
      const { factor, version } = JSON.parse(app.row);
      app.row = JSON.stringify({ factor: { ...factor, ...fields }, version: version + 1 });
    },
    read: async (id: number): Promise<Row | null> => (id === 17 ? JSON.parse(app.row) : null),
    store: async (_: number, factor: otp.StoredSecondFactor | null, { version }: Row) => {
      if (JSON.parse(app.row).version !== version) return false;
      app.row = JSON.stringify({ factor, version: version + 1 });
      return true;
    },
    /** The same user under another config. */
    configure: (other: Config) =>
      otp.createTwoFactor<number, Row>({
        ...{ issuer: 'Acme', key: KEY, ...CHEAP, now: () => app.now, read: app.read, store: app.store },
        onRefused: (refusal: otp.TwoFactorRefusal<number>) => void refusals.push(refusal),
        ...config,
        ...other,
      }),
  };
  return Object.assign(app, { twoFactor: app.configure({}) });
}

/** Counts what is computed from here on. */
export function watchWork() {
  const scrypt = vi.spyOn(crypto, 'scrypt');
  const names = ['hash', 'createHmac', 'timingSafeEqual'] as const;
  const hashes = names.map((name) => vi.spyOn(crypto, name));
  return {
    scrypts: () => scrypt.mock.calls.length,
    hashes: () => hashes.reduce((sum, { mock }) => sum + mock.calls.length, 0),
  };
}
