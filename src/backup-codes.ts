import * as crypto from 'node:crypto';
import { constantTimeEqual } from './constant-time.js';
import { OtpError } from './errors.js';
import {
  checkArray,
  checkBytes,
  checkInteger,
  checkObject,
  invalidArgument,
  invalidNumber,
} from './options.js';

/** Cost of scrypt (RFC 7914 §2). */
export interface ScryptCost {
  /** CPU and memory cost: a power of 2, at least 2. */
  N: number;
  /** Block size: an integer from 1 to 32. */
  r: number;
  /** Parallelisation: an integer from 1 to 32. */
  p: number;
}

/** Options of `generateBackupCodes`. */
export interface GenerateBackupCodesOptions {
  /** How many: an integer from 1 to 100. Default 10. */
  count?: number;
  /** `'base32'`: Crockford's, lower case, 5 bits a character; `'digits'`: 3.3 bits. Default `'base32'`. */
  alphabet?: 'base32' | 'digits';
  /** Characters, hyphens not counted: an integer from 8 to 32. Default 16 (80 bits); of digits 10 (33 bits). */
  length?: number;
}

/** Options of `verifyBackupCode`. */
export interface VerifyBackupCodeOptions {
  /**
   * A key of 16 to 1024 bytes that the server holds outside the database, mixed in by HMAC-SHA-256: without
   * it, a stolen database can't be searched. The same to hash and to verify. Default: none.
   */
  pepper?: Uint8Array;
}

/** Options of `hashBackupCodes`. */
export interface HashBackupCodesOptions extends VerifyBackupCodeOptions {
  /** Cost of scrypt; N·r·p at most 2^21. Default `{ N: 16384, r: 8, p: 5 }`, which OWASP lists. */
  cost?: ScryptCost;
}

/** What a backup code matched. */
export interface BackupCodeMatch {
  /** The stored hash of the code, to be deleted now. */
  hash: string;
  /** The other hashes, to be stored in place of all. */
  remaining: string[];
}

const MAX_CODES = 100;
const MIN_LENGTH = 8;
const MAX_LENGTH = 32;

/**
 * New random single-use codes for the day the phone is gone. Show them once, store their hashes only.
 *
 * @param options `count`, `alphabet`, `length`.
 * @returns Distinct codes, in groups of 4 (base32) or 5 (digits).
 * @throws `OtpError` `INVALID_ARGUMENT`; an `Error` if the random source fails or repeats itself.
 *
 * @example
 * generateBackupCodes(); // ['h3vq-8e0x-2mzt-c5kd', … ten in all]
 * generateBackupCodes({ alphabet: 'digits' }); // ['40712-95836', … ten in all]
 */
export function generateBackupCodes(options: GenerateBackupCodesOptions = {}): string[] {
  const { count = 10, alphabet = 'base32' } = checkObject('options', options);
  if (alphabet !== 'base32' && alphabet !== 'digits') {
    throw invalidArgument('alphabet', "'base32' or 'digits'", alphabet);
  }
  const { symbols, group, usualLength } = ALPHABETS[alphabet];
  const { length = usualLength } = options;
  checkInteger('count', count, 1, MAX_CODES);
  checkInteger('length', length, MIN_LENGTH, MAX_LENGTH);

  const codes = new Set<string>();
  // Even 100 codes of 8 digits repeat one another once in 20,000 sets; a source that does so more
  // often is broken, and must not keep the server busy.
  for (let draws = 0; codes.size < count; draws++) {
    if (draws === 2 * count) throw new Error('the random source repeats itself');
    codes.add(hyphenate(randomCode(symbols, length), group));
  }
  return [...codes];
}

const ALPHABETS = {
  base32: { symbols: 32, group: 4, usualLength: 16 },
  digits: { symbols: 10, group: 5, usualLength: 10 },
};

/** `length` characters of the first `symbols` ones of Crockford's alphabet, all equally likely. */
function randomCode(symbols: number, length: number): string {
  // A byte above the last multiple of `symbols` would favour the first ones.
  const end = 256 - (256 % symbols);
  let code = '';
  // At worst 6 of 256 bytes are rejected: needing a third draw is next to impossible.
  for (let draws = 0; code.length < length; draws++) {
    if (draws === 10) throw new Error('the random source repeats itself');
    for (const byte of crypto.randomFillSync(new Uint8Array(length))) {
      if (byte < end && code.length < length) code += String.fromCharCode(toCharCode(byte % symbols));
    }
  }
  return code;
}

/**
 * 0–9 to the digits, 10–31 to the lower-case letters but i, l, o and u. Arithmetic, because a table
 * would be indexed by the code.
 */
function toCharCode(value: number): number {
  const above = (limit: number) => (limit - value) >> 31;
  return value + 48 + (39 & above(9)) - above(17) - above(19) - above(21) - above(26);
}

function hyphenate(code: string, group: number): string {
  let text = code.slice(0, group);
  for (let i = group; i < code.length; i += group) text += `-${code.slice(i, i + group)}`;
  return text;
}

// The cheapest in memory, 16 MiB, of the settings OWASP lists as equally strong.
const DEFAULT_COST: ScryptCost = { N: 16_384, r: 8, p: 5 };

// N·r·p, 2^21: twice the most expensive setting OWASP lists, 256 MiB. A stored hash can't ask for more.
const MAX_COST = 2_097_152;

const SALT_BYTES = 16;
const HASH_BYTES = 32;

/**
 * Hashes backup codes for storage: each a PHC string `$scrypt$ln=…,r=…,p=…$salt$hash`, of at most 90
 * characters, ready for a database row of its own.
 *
 * One random salt a set, so that checking a typed code costs one scrypt and not one a code. The codes are
 * hashed one after the other, off the main thread.
 *
 * @param codes 1 to 100 distinct codes, as from `generateBackupCodes`, or the app's own of 8 to 32
 * characters of Crockford's Base32.
 * @param options `pepper`, `cost`.
 * @throws `OtpError` `INVALID_ARGUMENT`.
 *
 * @example
 * const codes = generateBackupCodes();
 * const hashes = await hashBackupCodes(codes); // store these, show `codes` once
 */
export async function hashBackupCodes(
  codes: readonly string[],
  options: HashBackupCodesOptions = {},
): Promise<string[]> {
  checkArray('codes', codes, 1, MAX_CODES);
  const { pepper, cost = DEFAULT_COST } = checkObject('options', options);
  checkPepper(pepper);
  const canonical = Array.from(codes, canonicalCode); // not map(): a hole of the array is no code
  if (canonical.includes(null) || new Set(canonical).size < codes.length) {
    throw new OtpError(
      'INVALID_ARGUMENT',
      'codes must be distinct, of 8 to 32 characters of Crockford Base32 each',
    );
  }
  const { N, r, p } = checkObject('cost', cost);
  checkInteger('cost.N', N, 2, MAX_COST);
  checkInteger('cost.r', r, 1, 32);
  checkInteger('cost.p', p, 1, 32);
  if (!isAffordable({ N, r, p })) {
    throw invalidNumber('cost', 'N a power of 2, N < 2^(16 * r) and N * r * p at most 2^21', N * r * p);
  }

  const salt = crypto.randomFillSync(new Uint8Array(SALT_BYTES));
  const prefix = `$scrypt$ln=${Math.log2(N)},r=${r},p=${p}$${toBase64(salt)}$`;
  const hashes: string[] = [];
  // Before the first await, after which the caller may wipe the pepper.
  const passwords = (canonical as string[]).map((code) => mixIn(pepper, code));
  // In turn: all at once would fill the thread pool that the app's files and name look-ups share.
  for (const password of passwords) {
    hashes.push(prefix + toBase64(await deriveKey(password, salt, { N, r, p })));
  }
  return hashes;
}

/**
 * Checks a typed backup code against the stored hashes.
 *
 * A match counts only once it is consumed: delete the row (`DELETE … WHERE hash = $1`) and let the
 * login pass only if a row went, or two parallel requests use one code twice. Count the attempt before
 * checking: see `checkAttempts`.
 *
 * One scrypt for the whole set; every hash is compared in constant time. Typing is forgiven: either
 * case, spaces, `-`, and `o` for 0, `i` and `l` for 1.
 *
 * @param code What the person typed: anything that can't be a code is no match, never an error.
 * @param hashes The stored hashes of that person, at most 100, of at most 4 sets; none is no match.
 * @param options `pepper`, as for `hashBackupCodes`.
 * @returns The match, or `null`.
 * @throws `OtpError` `INVALID_BACKUP_HASH` if a stored string is no hash of `hashBackupCodes`,
 * `INVALID_ARGUMENT`. Before any work is done.
 *
 * @example
 * const codes = generateBackupCodes();
 * const hashes = await hashBackupCodes(codes);
 * (await verifyBackupCode(codes[3], hashes))?.hash === hashes[3]; // true
 * await verifyBackupCode('0000-0000-0000-0000', hashes); // null
 */
export async function verifyBackupCode(
  code: string,
  hashes: readonly string[],
  options: VerifyBackupCodeOptions = {},
): Promise<BackupCodeMatch | null> {
  // A copy: the caller's array may change during the await.
  const stored = [...checkArray('hashes', hashes, 0, MAX_CODES)];
  const { pepper } = checkObject('options', options);
  checkPepper(pepper);
  const sets = new Map<string, StoredSet>();
  for (const hash of stored) {
    const set = parseHash(hash);
    sets.set(set.prefix, set);
  }
  checkInteger('the number of sets among hashes', sets.size, 0, 4);
  const canonical = canonicalCode(code);
  if (canonical === null) return null;

  let match: string | null = null;
  const password = mixIn(pepper, canonical);
  for (const { prefix, salt, cost } of sets.values()) {
    const expected = prefix + toBase64(await deriveKey(password, salt, cost));
    for (const hash of stored) if (constantTimeEqual(hash, expected)) match = hash;
  }
  return match === null ? null : { hash: match, remaining: stored.filter((hash) => hash !== match) };
}

interface StoredSet {
  /** All of the string up to the hash: equal for the codes hashed together. */
  prefix: string;
  salt: Uint8Array;
  cost: ScryptCost;
}

// The last character of each Base64 part is one whose spare bits are zero: one spelling a hash.
const STORED_HASH =
  /^(\$scrypt\$ln=([1-9][0-9]?),r=([1-9][0-9]?),p=([1-9][0-9]?)\$([A-Za-z0-9+/]{21}[AQgw])\$)[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]$/;

function parseHash(hash: unknown): StoredSet {
  const parts = typeof hash === 'string' ? STORED_HASH.exec(hash) : null;
  if (parts === null) {
    throw new OtpError('INVALID_BACKUP_HASH', 'a stored backup hash is not a string of hashBackupCodes');
  }
  const [, prefix, ln, r, p, salt] = parts;
  const cost = { N: 2 ** Number(ln), r: Number(r), p: Number(p) };
  if (!isAffordable(cost)) {
    throw new OtpError('INVALID_BACKUP_HASH', 'a stored backup hash asks for too much work');
  }
  return { prefix, salt: Buffer.from(salt, 'base64'), cost };
}

function isAffordable({ N, r, p }: ScryptCost): boolean {
  // RFC 7914 §2 has N below 2^(16·r) as well.
  return Number.isInteger(Math.log2(N)) && N < 2 ** (16 * r) && r <= 32 && p <= 32 && N * r * p <= MAX_COST;
}

const MAX_TYPED_LENGTH = 128;

/** The code without separators and look-alikes, or `null` for what is no code of any alphabet. */
function canonicalCode(code: unknown): string | null {
  // ASCII first: the lower case of U+212A, the Kelvin sign, is a k.
  if (typeof code !== 'string' || code.length > MAX_TYPED_LENGTH || !/^[0-9A-Za-z -]*$/.test(code)) {
    return null;
  }
  const canonical = code.replace(/[ -]/g, '').toLowerCase().replace(/o/g, '0').replace(/[il]/g, '1');
  const isCode = !canonical.includes('u') && canonical.length >= MIN_LENGTH && canonical.length <= MAX_LENGTH;
  return isCode ? canonical : null;
}

function checkPepper(pepper: Uint8Array | undefined): void {
  if (pepper !== undefined) checkInteger('pepper.length', checkBytes('pepper', pepper).length, 16, 1024);
}

function mixIn(pepper: Uint8Array | undefined, code: string): string | Buffer {
  return pepper ? crypto.createHmac('sha256', pepper).update(code).digest() : code;
}

function deriveKey(password: string | Buffer, salt: Uint8Array, cost: ScryptCost): Promise<Buffer> {
  if (crypto.scrypt === undefined) {
    throw new Error('otpure needs crypto.scrypt of node:crypto for backup codes');
  }
  // What scrypt allocates: 128·r bytes for each of N rows, p blocks and some working space.
  const maxmem = 128 * cost.r * (cost.N + cost.p + 2);
  return new Promise((resolve, reject) => {
    crypto.scrypt(password, salt, HASH_BYTES, { ...cost, maxmem }, (error, key) =>
      error ? reject(error) : resolve(key),
    );
  });
}

/** Base64 as in PHC strings: standard alphabet, no padding. */
function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64').replace(/=/g, '');
}
