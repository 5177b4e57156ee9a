import { promisify } from 'node:util';
import type { Request } from 'express';
import type { User } from '../../users.mjs';

declare module 'express-session' {
  interface SessionData {
    userId: number;
    version: number;
    passedFactor: string | null;
    pendingSecret: string;
    startedAt: number;
  }
}

/** A new session id at every step, so that an id stolen earlier becomes worthless. */
export async function startSession(
  request: Request,
  { id: userId, version }: User,
  passedFactor: string | null,
): Promise<void> {
  await promisify(request.session.regenerate).call(request.session);
  Object.assign(request.session, { userId, version, passedFactor, startedAt: Date.now() });
}
