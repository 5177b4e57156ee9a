import { promisify } from 'node:util';
import type { Request } from 'express';
import type { User } from '../../users.mjs';

declare module 'express-session' {
  interface SessionData {
    userId: number;
    sessionVersion: number;
    passedFactor: string | null;
    pendingSecret: string;
    startedAt: number;
  }
}

/** A new session id at every step, so that an id stolen earlier becomes worthless. */
export async function startSession(request: Request, user: User, passedFactor: string | null): Promise<void> {
  await promisify(request.session.regenerate).call(request.session);
  const { id: userId, session_version: sessionVersion } = user;
  Object.assign(request.session, { userId, passedFactor, sessionVersion, startedAt: Date.now() });
}
