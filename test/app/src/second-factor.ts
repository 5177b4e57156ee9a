// Two-factor login on this site: who is logged in, setting up, and what the policies change. No HTTP, no SQL.
//
// Each change of a stored factor is a decision for `updateSecondFactor`, which makes it on what is stored at that
// moment, and again where another request was faster. So what a decision asks of the policy and of the session
// holds when it counts, however long the request waited before.
import {
  buildOtpauthUri,
  checkAttempts,
  createSecondFactor,
  decryptSecret,
  encodeBase32,
  encryptSecret,
  generateSecret,
  hasPassed,
  replaceBackupCodes,
  type SecondFactor,
  type Step,
  verifySecondFactor,
} from 'otpure';

/** A second factor as it is stored: with its secret, encrypted. */
export interface Factor extends SecondFactor {
  secret: string;
}

/** A set-up that is not finished. It is kept with the session that began it, so no other can replace or confirm it. */
export interface SetUp {
  secret: string;
  /** What becomes the person's factor at the end. `null`: no code has proven yet that the phone has the secret. */
  factor: Factor | null;
}

export interface Policy {
  /** `disable`: a login with a backup code switches two-factor login off. */
  backupCodes: 'on' | 'disable' | 'off';
  backupCodeAlphabet: 'base32' | 'digits';
  backupCodeCount: number;
  /** Shows the backup codes once two-factor login is on, and asks for no tick. */
  backupCodesAfterActivation: boolean;
  /** Nobody finishes a login without two-factor login, and nobody switches it off. */
  obligatory: boolean;
  /** The first login of a new account finishes only with two-factor login set up. */
  enrolAtFirstLogin: boolean;
}

// ----- who is logged in

/** How far a session has come. `password`: the second step is missing. `enrol`: it has to be set up first. */
export type Stage = 'password' | 'enrol' | 'full';

/** Minutes that a session lives, from its last step. A half-done login is short. */
const lifetimes: Record<Stage, number> = { password: 10, enrol: 60, full: 12 * 60 };

interface Facts {
  user: { factor: Factor | null; firstLogin: boolean };
  /** The id of the factor that the session passed. */
  passedFactor: string | null;
  startedAt: Date;
}

/**
 * Derived from facts at each request. A stored stage would outlive what it was true of: a factor switched on while
 * a login was under way, another one set up since, the day from which two-factor login is obligatory. `null`:
 * too old, log in again.
 */
export function stageOf({ user, passedFactor, startedAt }: Facts, policy: Policy, now: number): Stage | null {
  const mustEnrol = policy.obligatory || (policy.enrolAtFirstLogin && user.firstLogin);
  const through = user.factor || !mustEnrol ? 'full' : 'enrol';
  const stage = hasPassed(user.factor, passedFactor) ? through : 'password';
  return now < startedAt.getTime() + lifetimes[stage] * 60_000 ? stage : null;
}

/** Names a set of backup codes: by its salt. */
export const setOf = (factor: Factor | null) => factor?.backupHashes[0]?.split('$')[3] ?? 'none';

// ----- the decisions

/** What a decision finds: the factor, and the session that asks (`null`: it has ended), all of one moment. */
export interface Current {
  factor: Factor | null;
  asking: { factor: Factor | null; passedFactor: string | null; isAdmin: boolean } | null;
}
export type Decision<Result> = Step<Factor | null, Result> | null;

/** `asking.factor` is that of the session's own user, who may be an administrator that helps another. */
const isThrough = ({ asking }: Current) => asking !== null && hasPassed(asking.factor, asking.passedFactor);

export function createRules(key: Uint8Array, policy: () => Policy, now: () => number) {
  // Bound to the user: copied into another row, a secret does not open.
  const decrypt = (text: string, userId: string) => decryptSecret(text, key, `user ${userId}`);
  const backupCodes = () => ({ alphabet: policy().backupCodeAlphabet, count: policy().backupCodeCount });

  return {
    // ----- logging in

    logIn: (userId: string, typed: string, kind: 'totp' | 'backup-code') => async (current: Current) => {
      const { factor, asking } = current;
      if (!factor || !asking) return null;
      const use = policy().backupCodes;
      const step = await verifySecondFactor(decrypt(factor.secret, userId), factor, typed, {
        timestamp: now(),
        // Where backup codes are off, those made before are wrong codes like any other.
        only: use === 'off' ? 'totp' : kind,
      });
      const switchedOff = step.result?.kind === 'backup-code' && use === 'disable';
      const { retryAt, locked } = checkAttempts(step.factor.attempts, { timestamp: now() });
      const result = { match: step.result, switchedOff, retryAt, locked };
      return { factor: switchedOff ? null : step.factor, result };
    },

    // ----- setting up: begin, confirm with a code, activate

    begin(userId: string): SetUp {
      return { secret: encryptSecret(generateSecret(), key, `user ${userId}`), factor: null };
    },

    /** What the phone needs: the URI for the QR code, and the same key in groups of four for typing. */
    keyOf(setUp: SetUp, userId: string, issuer: string, account: string) {
      const secret = decrypt(setUp.secret, userId);
      return {
        uri: buildOtpauthUri({ type: 'totp', secret, issuer, account }),
        text: encodeBase32(secret).replace(/.{4}(?=.)/g, '$& '),
      };
    },

    /** `null`: the code is wrong. No limit: who sees the form sees the key beside it. */
    confirm: ({ secret }: SetUp, userId: string, typed: string) =>
      createSecondFactor(decrypt(secret, userId), typed, {
        timestamp: now(),
        backupCodes: policy().backupCodes !== 'off' && backupCodes(),
        fields: { secret },
      }),

    /** For a set-up whose first codes were not stored: whoever can't tick the box gets others. */
    renew: (factor: Factor) => replaceBackupCodes(factor, { backupCodes: backupCodes() }),

    /** A new phone means switching off first, so that an open session alone can't swap the secret. */
    activate: (factor: Factor) => (current: Current) =>
      isThrough(current) && !current.factor ? { factor, result: factor.id } : null,

    // ----- while it is on

    newCodes: (current: Current) =>
      isThrough(current) && current.factor && policy().backupCodes !== 'off'
        ? replaceBackupCodes(current.factor, { backupCodes: backupCodes() })
        : null,

    switchOff: (current: Current) =>
      isThrough(current) && current.factor && !policy().obligatory ? { factor: null, result: true } : null,

    /** By an administrator: allowed when obligatory too, for then the next login sets it up anew. It also unlocks. */
    reset: (current: Current) =>
      isThrough(current) && current.asking?.isAdmin && current.factor ? { factor: null, result: true } : null,
  };
}
