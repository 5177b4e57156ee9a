import type { User } from '../../users.mjs';
import { twoFactor } from './two-factor.js';

/** The answer to a wrong code says when the next try is allowed, and no more. */
export async function refusal(user: User) {
  const status = await twoFactor.status(user.id);
  return { retryAt: status?.retryAt ?? null, locked: status?.locked ?? false };
}
