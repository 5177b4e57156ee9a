// Two-factor login on this site: who is logged in, setting up, and what the policies change. No HTTP, no SQL.
import {
  buildOtpauthUri,
  checkAttempts,
  createTwoFactor,
  decodeBase32,
  decryptSecret,
  encodeBase32,
  encryptSecret,
  generateBackupCodes,
  hashBackupCodes,
  hasPassed,
  type TwoFactor,
  type TwoFactorRefusal,
  verifyTotp,
} from 'otpure';
import type { Config, Policy } from './config.js';
import type { Session, Store, User } from './database.js';

// ----- who is logged in

/** How far a session has come. `password`: the second step is missing. `enrol`: it has to be set up first. */
export type Stage = 'password' | 'enrol' | 'full';

/** Minutes that a set-up lives. */
const setUpLifetime = 15;
/** Minutes that a session lives, from its last step. A half-done login is short. */
const lifetimes: Record<Stage, number> = { password: 15, enrol: setUpLifetime, full: 12 * 60 };

type Facts = Pick<Session, 'passedFactor' | 'startedAt'> & { user: Pick<User, 'factor' | 'firstLogin'> };

/**
 * Derived from facts at each request. A stored stage would outlive what it was true of: a factor switched on while
 * a login was under way, another one set up since, the day from which two-factor login is obligatory.
 */
export function stageOf({ user, passedFactor, startedAt }: Facts, policy: Policy, now: number) {
  const mustEnrol = policy.obligatory || (policy.enrolAtFirstLogin && user.firstLogin);
  const afterCode = user.factor || !mustEnrol ? 'full' : 'enrol';
  const stage: Stage = hasPassed(user.factor, passedFactor) ? afterCode : 'password';
  const lifetime = lifetimes[stage] * 60_000;
  const endsAt = startedAt.getTime() + lifetime;
  // Both ways: a session that began while the clock was ahead must not last until that day.
  return { stage, endsAt, isOver: Math.abs(now - startedAt.getTime()) >= lifetime };
}

// ----- setting up

/** A set-up that is not finished. It is kept with the session that began it, so no other can replace or confirm it. */
export interface SetUp {
  begunAt: number;
  pendingSecret: string;
  /** The same secret, encrypted for the pages that show it. */
  secret: string;
  /** The time step of the code, and the backup codes that were shown last. `null`: no code has proven yet that the phone has the secret. */
  confirmed: { lastUsedTimeStep: number; backupHashes: string[] } | null;
}

/** Names a set of backup codes: by its salt. */
export const setOf = (factor: { backupHashes: readonly string[] } | null) =>
  factor?.backupHashes[0]?.split('$')[3] ?? 'none';

/** Wrong codes until one has to wait. */
export const freeFailures = 5;
export const isLocked = ({ factor }: User) => checkAttempts(factor?.attempts ?? null).locked;

export function createRules(config: Config, key: Uint8Array, store: Store, now: () => number) {
  const { issuer, policies } = config;
  const backupCodes = policies.backupCodes !== 'off' && {
    alphabet: policies.backupCodeAlphabet,
    count: policies.backupCodeCount,
  };
  const settings = { issuer, key, now, backupCodes, freeFailures };
  const placeOf = (userId: string) => `set-up page of ${userId}`;
  const open = ({ secret }: SetUp, userId: string) => decryptSecret(secret, key, placeOf(userId));

  return {
    /**
     * Two-factor login as one session may use it. Once the session has ended, also while a request of it waits, it
     * finds nobody and stores nothing.
     */
    twoFactorOf: (session: string, onRefused?: (refusal: TwoFactorRefusal<string>) => Promise<void>) =>
      createTwoFactor({ ...settings, onRefused, ...store.secondFactor(session) }),

    isLive: ({ begunAt }: SetUp) => Math.abs(now() - begunAt) < setUpLifetime * 60_000,

    begin(twoFactor: TwoFactor<string>, userId: string, account: string): SetUp {
      const { setupKey, pendingSecret } = twoFactor.setUp(userId, account);
      const secret = encryptSecret(decodeBase32(setupKey), key, placeOf(userId));
      return { begunAt: now(), pendingSecret, secret, confirmed: null };
    },

    /** What the phone needs: the URI for the QR code, and the same key in groups of four for typing. */
    keyOf(setUp: SetUp, userId: string, account: string) {
      const secret = open(setUp, userId);
      return {
        uri: buildOtpauthUri({ type: 'totp', secret, issuer, account }),
        text: encodeBase32(secret).replace(/.{4}(?=.)/g, '$& '),
      };
    },

    /** What a code of the new phone shows. At a login, so wide a window would make guessing easier. */
    matchOf(setUp: SetUp, userId: string, typed: string) {
      const secret = open(setUp, userId);
      const look = (window: number) => verifyTotp(secret, typed, null, { timestamp: now(), window });
      return look(1) ?? look(10);
    },

    /** Backup codes are shown before activation, to be stored first. Whoever didn't store them gets others. */
    async drawCodes(setUp: SetUp, lastUsedTimeStep: number) {
      const codes = generateBackupCodes(backupCodes || {});
      const confirmed = { lastUsedTimeStep, backupHashes: await hashBackupCodes(codes) };
      return { codes, set: setOf(confirmed), setUp: { ...setUp, confirmed } };
    },

    activate: (twoFactor: TwoFactor<string>, setUp: SetUp, userId: string) =>
      twoFactor.adopt(userId, { secret: open(setUp, userId), ...setUp.confirmed }),
  };
}
