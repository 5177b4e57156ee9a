// Passwords: scrypt in PHC format, and how often one may be guessed.
import { randomBytes, type ScryptOptions, scrypt } from 'node:crypto';
import { promisify } from 'node:util';
import { constantTimeEqual } from 'otpure';
import pLimit from 'p-limit';

const scryptAsync = promisify<string, Uint8Array, number, ScryptOptions, Buffer>(scrypt);

// A setting that OWASP lists; 32 MiB each.
const cost = { ln: 15, r: 8, p: 3 };

/** Guesses slow down to one a minute and never lock: else anyone could lock anyone out by the e-mail address. */
export const passwordLimits = { freeFailures: 10, firstWait: 5, maxWait: 60 };
export const mostPasswordFailures = 99;

export class Busy extends Error {}

const limit = pLimit(2);
/**
 * For all slow hashes: two at a time and a bounded queue. Node runs scrypt on four threads, which files and
 * DNS need too, and every waiting one would hold its memory.
 */
export function slowly<T>(work: () => Promise<T>): Promise<T> {
  if (limit.pendingCount > 200) throw new Busy('Too many password checks are waiting.');
  return limit(work);
}

export async function hashPassword(password: string, { ln, r, p } = cost): Promise<string> {
  const salt = randomBytes(16);
  const hash = await derive(password, salt, ln, r, p);
  const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64').replaceAll('=', '');
  return `$scrypt$ln=${ln},r=${r},p=${p}$${text(salt)}$${text(hash)}`;
}

/** For an unknown user give `null`: it takes as long, so that time does not tell who has an account. */
export async function verifyPassword(password: string, stored: string | null): Promise<boolean> {
  const parts = /^\$scrypt\$ln=(\d+),r=(\d+),p=(\d+)\$([^$]+)\$([^$]+)$/.exec(stored ?? (await nobody));
  if (!parts) throw new Error('A stored password hash has an unknown format.');
  const [ln, r, p] = parts.slice(1, 4).map(Number) as [number, number, number];
  const [salt, hash] = parts.slice(4).map((part) => Buffer.from(part, 'base64')) as [Buffer, Buffer];
  const same = constantTimeEqual(await derive(password, salt, ln, r, p), hash);
  return same && stored !== null;
}

function derive(password: string, salt: Uint8Array, ln: number, r: number, p: number): Promise<Buffer> {
  // The same letters, however the keyboard composed the accents.
  const text = password.normalize('NFKC');
  return slowly(() => scryptAsync(text, salt, 32, { N: 2 ** ln, r, p, maxmem: 256 * 2 ** ln * r }));
}

const nobody = hashPassword(randomBytes(16).toString('hex'));
