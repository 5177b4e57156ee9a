// The steps of a login around the database, as the README shows them. `query` resolves to the rows.
import { checkAttempts, recordFailure, verifyBackupCode, verifyHotp, verifyTotp } from 'otpure';

/** Backup codes, a row a code: the code counts only if this request deleted its row. */
export async function redeemRow({ query }, userId, code) {
  const rows = await query('SELECT hash FROM backup_codes WHERE user_id = $1', [userId]);
  const match = await verifyBackupCode(
    code,
    rows.map((row) => row.hash),
  );
  if (!match) return false;
  const deleted = await query('DELETE FROM backup_codes WHERE user_id = $1 AND hash = $2 RETURNING hash', [
    userId,
    match.hash,
  ]);
  return deleted.length === 1;
}

/** Backup codes, one JSON column: the code counts only if the list is still the one that was read. */
export async function redeemColumn({ query }, userId, code) {
  const [user] = await query('SELECT backup_hashes FROM users WHERE id = $1', [userId]);
  const match = await verifyBackupCode(code, user.backup_hashes);
  if (!match) return false;
  const updated = await query(
    'UPDATE users SET backup_hashes = $1 WHERE id = $2 AND backup_hashes = $3 RETURNING id',
    [JSON.stringify(match.remaining), userId, JSON.stringify(user.backup_hashes)],
  );
  return updated.length === 1;
}

/** Counts an attempt before the code is looked at; `false` if there may be none now. */
export async function startAttempt({ query }, userId, options) {
  for (;;) {
    const [{ attempts }] = await query('SELECT attempts FROM users WHERE id = $1', [userId]);
    if (!checkAttempts(attempts, options).allowed) return false;
    const counted = await query(
      'UPDATE users SET attempts = $1 WHERE id = $2 AND attempts IS NOT DISTINCT FROM $3 RETURNING id',
      [
        JSON.stringify(recordFailure(attempts, options)),
        userId,
        attempts === null ? null : JSON.stringify(attempts),
      ],
    );
    // No row: another request was counted in between. The limit is checked again with it.
    if (counted.length === 1) return true;
  }
}

/** TOTP: the code counts only if no other login stored a time step since ours was read. */
export async function useTotp({ query }, userId, secret, code, options) {
  const [user] = await query('SELECT last_used_time_step FROM users WHERE id = $1', [userId]);
  const lastUsedTimeStep = user.last_used_time_step;
  const match = verifyTotp(secret, code, { ...options, lastUsedTimeStep });
  if (!match) return false;
  const updated = await query(
    `UPDATE users SET last_used_time_step = $1
     WHERE id = $2 AND last_used_time_step IS NOT DISTINCT FROM $3 RETURNING id`,
    [match.timeStep, userId, lastUsedTimeStep],
  );
  return updated.length === 1;
}

/** HOTP: the code counts only if the counter is still the one that was read. */
export async function useHotp({ query }, userId, secret, code) {
  const [{ hotp_counter: counter }] = await query('SELECT hotp_counter FROM users WHERE id = $1', [userId]);
  const match = verifyHotp(secret, code, counter);
  if (!match) return false;
  const updated = await query(
    'UPDATE users SET hotp_counter = $1 WHERE id = $2 AND hotp_counter = $3 RETURNING id',
    [match.nextCounter, userId, counter],
  );
  return updated.length === 1;
}

/** The order that makes parallel guesses harmless: count, check, clear. */
export async function logIn(db, userId, checkCode, options) {
  if (!(await startAttempt(db, userId, options))) return false;
  if (!(await checkCode())) return false;
  await db.query('UPDATE users SET attempts = NULL WHERE id = $1', [userId]);
  return true;
}
