import { promisify } from 'node:util';
import type { Request } from 'express';
import type { User } from '../../users.mjs';

declare module 'express-session' {
  interface SessionData {
    userId?: number;
    version?: number;
    passedFactor?: string | null;
    pendingSecret?: string;
    startedAt?: number;
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

/** A set-up has a record of its own: a write to the session could bring back one that has just ended. */
const setUpId = ({ sessionID }: Request) => `set-up:${sessionID}`;

export async function keepSetUp(request: Request, pendingSecret: string): Promise<void> {
  const { session, sessionStore } = request;
  const { cookie } = session; // says how long a store keeps it
  await promisify(sessionStore.set).call(sessionStore, setUpId(request), { cookie, pendingSecret });
}

export async function findSetUp(request: Request): Promise<string | undefined> {
  const { sessionStore } = request;
  return (await promisify(sessionStore.get).call(sessionStore, setUpId(request)))?.pendingSecret;
}
