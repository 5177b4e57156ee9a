// Two-factor login as pure transitions: state in, new state and outcome out. No HTTP and no SQL here,
// so each rule can be read, and tested, by itself.
//
// What the caller owes these functions, and `Store.changeSecondFactor` in database.ts keeps:
//  1. A new state is stored with compare-and-set: only if the stored state is still the one that was
//     read. Otherwise it is read again and the transition runs again. Of two requests that carry the
//     same code, one then finds the code used.
//  2. A guess is counted, and the count stored, before the code is looked at (`attempt` below). Whoever
//     checks first and counts later lets every parallel guess through.
import {
  type AttemptState,
  buildOtpauthUri,
  checkAttempts,
  encodeBase32,
  generateBackupCodes,
  generateSecret,
  hashBackupCodes,
  recordFailure,
  verifyBackupCode,
  verifyTotp,
} from 'otpure';

/** A user's second factor, as one of the user's sessions sees it. */
export interface SecondFactor {
  /** What logins are checked against. `null`: two-factor login is off. */
  active: { secret: Uint8Array; lastUsedTimeStep: number } | null;
  /** Hashes of the backup codes that are still good. */
  backupHashes: readonly string[];
  /** Failed second steps in a row, over all sessions: an attacker opens as many as needed. */
  attempts: AttemptState | null;
  /**
   * The set-up that this session has begun and not finished. It is kept apart from `active`, so one that
   * is never finished locks nobody out, and each session has its own, so no other can replace or confirm it.
   */
  enrolment: Enrolment | null;
}

export interface Enrolment {
  secret: Uint8Array;
  /** The step of the code that proved the phone has the secret. `null`: not proven yet. */
  confirmedTimeStep: number | null;
  backupHashes: readonly string[];
  attempts: AttemptState | null;
}

export interface Policy {
  /** `disable`: a login with a backup code switches two-factor login off. */
  backupCodes: 'on' | 'disable' | 'off';
  /** Nobody finishes a login without two-factor login, and nobody switches it off. */
  obligatory: boolean;
  /** The first login of a new account finishes only with two-factor login set up. */
  enrolAtFirstLogin: boolean;
}

/**
 * How far a session has come. `password`: the second step is missing. `enrol`: two-factor login has to be
 * set up first. Only `full` is logged in.
 */
export type Stage = 'password' | 'enrol' | 'full';

export interface Step<Outcome> {
  state: SecondFactor;
  outcome: Outcome;
}
export type Transition<Outcome> = (state: SecondFactor) => Step<Outcome> | Promise<Step<Outcome>>;
/** Reads the state, runs the transition and stores the new state with compare-and-set; see above. */
export type Change = <Outcome>(transition: Transition<Outcome>) => Promise<Outcome>;

/**
 * The one refusal. It does not tell a wrong code from a used one, an expired one, or one that was not
 * looked at because there were too many before it: each would tell a guesser something.
 */
export interface Refused {
  kind: 'refused';
  /** When the next try is allowed, Unix milliseconds; `null`: at once. */
  retryAt: number | null;
  /** Only an administrator can help. */
  locked: boolean;
}

/** A new user has no second factor. */
export const none: SecondFactor = { active: null, backupHashes: [], attempts: null, enrolment: null };

// ---------------------------------------------------------------------------------------------------
// Stages
// ---------------------------------------------------------------------------------------------------

/** Where a login stands once the password was right. */
export function stageAfterPassword(user: { twoFactor: boolean; firstLogin: boolean }, policy: Policy): Stage {
  if (user.twoFactor) return 'password';
  return policy.obligatory || (policy.enrolAtFirstLogin && user.firstLogin) ? 'enrol' : 'full';
}

/**
 * What a stored stage is worth now; `null`: nothing, log in again. Sessions outlive changes: the day comes from
 * which two-factor login is obligatory, or it is switched on or off while a login is half done.
 */
export function currentStage(stage: Stage, twoFactor: boolean, policy: Policy): Stage | null {
  if (stage === 'full') return policy.obligatory && !twoFactor ? null : 'full';
  return twoFactor === (stage === 'password') ? stage : null;
}

// ---------------------------------------------------------------------------------------------------
// Counting guesses
// ---------------------------------------------------------------------------------------------------

/**
 * Counts a failure, then lets the code be checked; success takes the count back. A crash in between leaves
 * one failure too many, never one too few.
 */
export async function attempt<Outcome>(
  change: Change,
  count: Transition<Refused | { kind: 'counted' }>,
  check: Transition<Outcome>,
): Promise<Outcome | Refused> {
  const counted = await change(count);
  return counted.kind === 'counted' ? change(check) : counted;
}

/** The codes of the phone and the backup codes share one count, or there would be twice the guesses. */
export function countLogin(state: SecondFactor, now: number): Step<Refused | { kind: 'counted' }> {
  if (!checkAttempts(state.attempts, { timestamp: now }).allowed) return refuse(state, state.attempts, now);
  const attempts = recordFailure(state.attempts, { timestamp: now });
  return { state: { ...state, attempts }, outcome: { kind: 'counted' } };
}

/** The set-up has a count of its own: mistyping there must not make the next login wait. */
export function countConfirmation(state: SecondFactor, now: number): Step<Refused | { kind: 'counted' }> {
  const { enrolment } = state;
  if (!enrolment) return refuse(state, null, now);
  if (!checkAttempts(enrolment.attempts, { timestamp: now }).allowed)
    return refuse(state, enrolment.attempts, now);
  const attempts = recordFailure(enrolment.attempts, { timestamp: now });
  return { state: { ...state, enrolment: { ...enrolment, attempts } }, outcome: { kind: 'counted' } };
}

function refuse(state: SecondFactor, attempts: AttemptState | null, now: number): Step<Refused> {
  const { retryAt, locked } = checkAttempts(attempts, { timestamp: now });
  return { state, outcome: { kind: 'refused', retryAt, locked } };
}

// ---------------------------------------------------------------------------------------------------
// Logging in
// ---------------------------------------------------------------------------------------------------

export function loginWithCode(
  state: SecondFactor,
  code: string,
  now: number,
): Step<Refused | { kind: 'accepted' }> {
  const { active } = state;
  const match =
    active && verifyTotp(active.secret, code, { timestamp: now, lastUsedTimeStep: active.lastUsedTimeStep });
  if (!match) return refuse(state, state.attempts, now);
  // The matched step is the memory that a code is good for one login (RFC 6238 §5.2).
  return {
    state: { ...state, active: { ...active, lastUsedTimeStep: match.timeStep }, attempts: null },
    outcome: { kind: 'accepted' },
  };
}

export async function loginWithBackupCode(
  state: SecondFactor,
  code: string,
  now: number,
  policy: Policy,
): Promise<Step<Refused | { kind: 'accepted'; codesLeft: number; switchedOff: boolean }>> {
  // Codes issued before the policy turned them off are not accepted either.
  const match =
    state.active && policy.backupCodes !== 'off' && (await verifyBackupCode(code, state.backupHashes));
  if (!match) return refuse(state, state.attempts, now);
  if (policy.backupCodes === 'disable')
    return { state: switchedOff(state), outcome: { kind: 'accepted', codesLeft: 0, switchedOff: true } };
  return {
    state: { ...state, backupHashes: match.remaining, attempts: null },
    outcome: { kind: 'accepted', codesLeft: match.remaining.length, switchedOff: false },
  };
}

// ---------------------------------------------------------------------------------------------------
// Setting up: start, confirm with a code, activate
// ---------------------------------------------------------------------------------------------------

/** Starting twice keeps the first secret: going back in the browser must not void a scanned QR code. */
export function startEnrolment(state: SecondFactor): Step<'started' | 'already-active'> {
  // A new phone means switching off first, so that an open session alone can't swap the secret.
  if (state.active) return { state, outcome: 'already-active' };
  if (state.enrolment) return { state, outcome: 'started' };
  const enrolment = { secret: generateSecret(), confirmedTimeStep: null, backupHashes: [], attempts: null };
  return { state: { ...state, enrolment }, outcome: 'started' };
}

/** What the phone needs: the URI for the QR code, and the same key in groups of four for typing. */
export function enrolmentKey(enrolment: Enrolment, issuer: string, account: string) {
  return {
    uri: buildOtpauthUri({ type: 'totp', secret: enrolment.secret, issuer, account }),
    text: encodeBase32(enrolment.secret).replace(/.{4}(?=.)/g, '$& '),
  };
}

/** A right code proves that the phone has the secret. The backup codes are in the outcome only this once. */
export async function confirmEnrolment(
  state: SecondFactor,
  code: string,
  now: number,
  policy: Policy,
): Promise<
  Step<
    | Refused
    | { kind: 'confirmed'; codes: string[] }
    | { kind: 'activated' | 'already-active' | 'already-confirmed' }
  >
> {
  const { enrolment } = state;
  if (state.active) return { state: { ...state, enrolment: null }, outcome: { kind: 'already-active' } };
  // The browser sent the form again: the codes were shown, and only their hashes are left.
  if (enrolment && enrolment.confirmedTimeStep !== null)
    return { state, outcome: { kind: 'already-confirmed' } };
  const match = enrolment && verifyTotp(enrolment.secret, code, { timestamp: now });
  if (!match) return refuse(state, enrolment?.attempts ?? null, now);
  const confirmed = { ...enrolment, confirmedTimeStep: match.timeStep, attempts: null };
  if (policy.backupCodes === 'off')
    return { state: switchedOn(enrolment, match.timeStep), outcome: { kind: 'activated' } };
  const { codes, hashes } = await newBackupCodes();
  return {
    state: { ...state, enrolment: { ...confirmed, backupHashes: hashes } },
    outcome: { kind: 'confirmed', codes },
  };
}

/** New backup codes for a set-up whose first ones were not stored: whoever can't tick the box gets others. */
export async function renewEnrolmentCodes(
  state: SecondFactor,
): Promise<Step<{ kind: 'renewed'; codes: string[] } | { kind: 'not-confirmed' }>> {
  const { enrolment } = state;
  if (!enrolment || enrolment.confirmedTimeStep === null)
    return { state, outcome: { kind: 'not-confirmed' } };
  const { codes, hashes } = await newBackupCodes();
  return {
    state: { ...state, enrolment: { ...enrolment, backupHashes: hashes } },
    outcome: { kind: 'renewed', codes },
  };
}

export function activate(state: SecondFactor): Step<'activated' | 'already-active' | 'not-confirmed'> {
  const { enrolment } = state;
  if (!enrolment || enrolment.confirmedTimeStep === null) return { state, outcome: 'not-confirmed' };
  // Another session was faster. Its secret stays; this one was never in force.
  if (state.active) return { state: { ...state, enrolment: null }, outcome: 'already-active' };
  return { state: switchedOn(enrolment, enrolment.confirmedTimeStep), outcome: 'activated' };
}

/** Starts from the confirming code's step, so that this code does not log in as well. */
function switchedOn({ secret, backupHashes }: Enrolment, lastUsedTimeStep: number): SecondFactor {
  return { active: { secret, lastUsedTimeStep }, backupHashes, attempts: null, enrolment: null };
}

export function cancelEnrolment(state: SecondFactor): Step<'cancelled'> {
  return { state: { ...state, enrolment: null }, outcome: 'cancelled' };
}

// ---------------------------------------------------------------------------------------------------
// While logged in
// ---------------------------------------------------------------------------------------------------

/** The new codes replace the old ones, which are void from here on. */
export async function regenerateBackupCodes(
  state: SecondFactor,
  policy: Policy,
): Promise<Step<{ kind: 'renewed'; codes: string[] } | { kind: 'off' }>> {
  if (!state.active || policy.backupCodes === 'off') return { state, outcome: { kind: 'off' } };
  const { codes, hashes } = await newBackupCodes();
  return { state: { ...state, backupHashes: hashes }, outcome: { kind: 'renewed', codes } };
}

export function disable(
  state: SecondFactor,
  policy: Policy,
): Step<'switched-off' | 'already-off' | 'obligatory'> {
  if (policy.obligatory) return { state, outcome: 'obligatory' };
  return { state: switchedOff(state), outcome: state.active ? 'switched-off' : 'already-off' };
}

/** By an administrator, for a lost phone: allowed when obligatory too, for then the next login sets it up anew. */
export function disableForUser(state: SecondFactor): Step<'switched-off' | 'already-off'> {
  return { state: switchedOff(state), outcome: state.active ? 'switched-off' : 'already-off' };
}

/** The count goes too: this is also how an administrator helps someone who is locked out. */
function switchedOff(state: SecondFactor): SecondFactor {
  return { ...state, active: null, backupHashes: [], attempts: null };
}

async function newBackupCodes() {
  const codes = generateBackupCodes();
  // 80 random bits each, so nobody tries them all, and somebody waits for the ten hashes: a low cost will do.
  return { codes, hashes: await hashBackupCodes(codes, { cost: { N: 2 ** 14, r: 8, p: 1 } }) };
}
