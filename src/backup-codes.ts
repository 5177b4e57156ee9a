//! otpure (MIT)
// Backup codes: single-use codes for the day the phone is gone, hashed with scrypt (RFC 7914).
import * as crypto from 'node:crypto';
import {
  checkArray,
  checkBytes,
  checkInteger,
  checkKeys,
  checkObject,
  checkOneOf,
  invalidArgument,
} from './checks.js';
import { constantTimeEqual, equalMask, rangeMask, select } from './constant-time.js';
import { OtpError } from './errors.js';
import { keyId } from './hmac.js';
import { checkCost, type ScryptCost, type ScryptPlace, withPlace } from './scrypt.js';
import { digitMask, foldCode, separatorMask } from './typed-text.js';

/** Options of `generateBackupCodes`. */
export interface GenerateBackupCodesOptions {
  /** How many codes: 1 to 100. Default 10. */
  count?: number | undefined;
  /**
   * `'base32'`: Crockford's digits and lower-case letters, 5 bits per character. `'digits'`: 0 to 9, 3.3 bits
   * per digit. Default `'base32'`.
   */
  alphabet?: 'base32' | 'digits' | undefined;
  /** Characters per code, hyphens not counted: 8 to 32. Default 16 (80 bits), or 10 digits (33 bits). */
  length?: number | undefined;
}

/** Options of `hashBackupCodes`. */
export interface HashBackupCodesOptions {
  /**
   * A random key of 16 to 1,024 bytes, kept outside the database and mixed in by HMAC-SHA-256. Without it,
   * nobody can search a stolen database for the codes. Default: none.
   */
  pepper?: Uint8Array | undefined;
  /**
   * Cost of scrypt. Default `{ N: 16384, r: 8, p: 1 }` if every code has 64 bits or more (5 bits per
   * character, or 3.3 in a set of digits only), else with `p: 5`, which OWASP lists for passwords.
   */
  cost?: ScryptCost | undefined;
}

/** Options of `verifyBackupCode`. */
export interface VerifyBackupCodeOptions {
  /** The pepper of `hashBackupCodes`, or 1 to 100 of them (rotation): the id in a hash picks one. Default: none. */
  pepper?: Uint8Array | readonly Uint8Array[] | undefined;
}

/** The backup code that matched. */
export interface BackupCodeMatch {
  /** The stored hashes of the code, to be deleted now: more than one only if the code was hashed twice. */
  used: string[];
  /** The other hashes, to be stored in place of all. */
  remaining: string[];
}

const MAX_CODES = 100;
const MIN_LENGTH = 8;

const ALPHABETS = {
  base32: { symbols: 32, group: /.{4}(?=.)/g, usualLength: 16 },
  digits: { symbols: 10, group: /.{5}(?=.)/g, usualLength: 10 },
};

/**
 * Draws random single-use codes. Show them once, and store only their hashes.
 *
 * @param options How many, of which alphabet, and how long.
 * @returns Distinct codes, in groups of 4 (base32) or 5 (digits).
 * @throws `OtpError` `INVALID_ARGUMENT`; an `Error` if the random source fails or repeats itself.
 *
 * @example
 * import { generateBackupCodes } from 'otpure';
 *
 * generateBackupCodes(); // ['h3vq-8e0x-2mzt-c5kd', … ten in all]
 * generateBackupCodes({ alphabet: 'digits' }); // ['40712-95836', … ten in all]
 */
export function generateBackupCodes(options: GenerateBackupCodesOptions = {}): string[] {
  const { count = 10, alphabet = 'base32' } = checkObject('options', options);
  const { symbols, group, usualLength } = ALPHABETS[checkOneOf('alphabet', alphabet, ['base32', 'digits'])];
  const { length = usualLength } = options;
  checkInteger('count', count, 1, MAX_CODES);
  checkInteger('length', length, MIN_LENGTH, 32);

  const codes = new Set<string>();
  // Even 100 codes of 8 digits repeat one another once in 20,000 sets; a source that does so more
  // often is broken, and must not keep the server busy.
  for (let draws = 0; codes.size < count; draws++) {
    if (draws === 2 * count) throw new Error('the random source repeats itself');
    codes.add(randomCode(symbols, length).replace(group, '$&-'));
  }
  return [...codes];
}

/** `length` characters of the first `symbols` ones of Crockford's alphabet, all equally likely. */
function randomCode(symbols: number, length: number): string {
  return String.fromCharCode(...Array.from({ length }, () => toCharCode(crypto.randomInt(symbols))));
}

/**
 * 0–9 to the digits, 10–31 to the lower-case letters except i, l, o and u. Arithmetic, because a table
 * would be indexed by the code.
 */
function toCharCode(value: number): number {
  const above = (limit: number) => (limit - value) >> 31;
  return value + 48 + (39 & above(9)) - above(17) - above(19) - above(21) - above(26);
}

const MAX_ACCEPTED_LENGTH = 64;
// A code of 64 characters with a separator after each.
const MAX_TYPED_LENGTH = 2 * MAX_ACCEPTED_LENGTH;
const MIN_PEPPER_BYTES = 16;
const MAX_PEPPER_BYTES = 1024;

const STRONG_CODE_BITS = 64;
const BITS_PER_CHARACTER = 5;
const BITS_PER_DIGIT = 3.3;

// The last character of each Base64 part has spare bits of zero, so that each hash has one spelling.
const STORED_HASH =
  /^(\$scrypt\$ln=([1-9][0-9]?),r=([1-9][0-9]?),p=([1-9][0-9]?)(?:,keyid=([\w-]{8}))?\$([A-Za-z0-9+/]{21}[AQgw])\$)[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]$/;

/**
 * Hashes backup codes for storage with scrypt (RFC 7914).
 *
 * All codes of one call share a random salt, so that checking a typed code takes one scrypt run, not one per
 * hash. At most two scrypt runs at once per process, off the main thread; checks go first.
 *
 * @param codes 1 to 100 codes, from `generateBackupCodes` or other software: 8 to 64 ASCII letters and
 * digits each; white space and dashes are ignored. Distinct after case and look-alikes are folded (`o` to 0, `i` and
 * `l` to 1).
 * @param options A pepper, and the cost.
 * @returns One PHC string per code, `$scrypt$ln=…,r=…,p=…[,keyid=…]$salt$hash`, at most 110 characters: for a
 * database row each, or one JSON list.
 * @throws `OtpError` `INVALID_ARGUMENT`; `BUSY` if 20 sets wait already.
 *
 * @example
 * import { generateBackupCodes, hashBackupCodes } from 'otpure';
 *
 * const codes = generateBackupCodes(); // show these once
 * const hashes = await hashBackupCodes(codes); // store these
 */
export async function hashBackupCodes(
  codes: readonly string[],
  options: HashBackupCodesOptions = {},
): Promise<string[]> {
  return withPlace('set', (place) => hashInPlace(place, codes, options));
}

/** `hashBackupCodes` in a place that was taken before. */
export async function hashInPlace(
  place: ScryptPlace,
  codes: readonly string[],
  options: HashBackupCodesOptions,
): Promise<string[]> {
  checkArray('codes', codes, 1, MAX_CODES);
  const canonical = Array.from(codes, (code, i) => {
    const folded = canonicalCode(code);
    const allowed = `${MIN_LENGTH} to ${MAX_ACCEPTED_LENGTH} ASCII letters and digits`;
    if (folded === null) throw invalidArgument(`codes[${i}]`, allowed, code);
    return folded;
  });
  if (new Set(canonical).size < canonical.length) {
    throw new OtpError('INVALID_ARGUMENT', 'codes must be distinct, whatever their case and look-alikes');
  }
  const { pepper, cost = defaultCost(canonical) } = readHashOptions(options);
  const salt = crypto.randomFillSync(new Uint8Array(16));
  // A copy: the caller's key may be wiped during the await.
  const key = pepper && new Uint8Array(pepper);
  try {
    const id = key ? `,keyid=${keyId(key)}` : '';
    const prefix = `$scrypt$ln=${Math.log2(cost.N)},r=${cost.r},p=${cost.p}${id}$${toBase64(salt)}$`;
    const hashes: string[] = [];
    // One at a time, so that one person's set leaves room for others.
    for (const code of canonical) hashes.push(prefix + finishHash(await place.derive(code, salt, cost), key));
    return hashes;
  } finally {
    key?.fill(0);
  }
}

export function checkPeppers(pepper: Uint8Array | readonly Uint8Array[]): readonly Uint8Array[] {
  return checkKeys('pepper', pepper, MIN_PEPPER_BYTES, MAX_PEPPER_BYTES);
}

export function readHashOptions(options: HashBackupCodesOptions): HashBackupCodesOptions {
  const { pepper, cost } = checkObject('options', options);
  if (pepper !== undefined) checkBytes('pepper', pepper, MIN_PEPPER_BYTES, MAX_PEPPER_BYTES);
  return { pepper, cost: cost === undefined ? undefined : checkCost(cost) };
}

/** Codes of less than 64 bits (NIST SP 800-63B) get the setting of 16 MiB that OWASP lists for passwords. */
function defaultCost(codes: readonly string[]): ScryptCost {
  const bits = codes.every((code) => /^[0-9]+$/.test(code)) ? BITS_PER_DIGIT : BITS_PER_CHARACTER;
  const isStrong = codes.every((code) => code.length * bits >= STRONG_CODE_BITS);
  return { N: 16_384, r: 8, p: isStrong ? 1 : 5 };
}

/**
 * Checks a typed backup code against the stored hashes.
 *
 * A match counts only once it is consumed: store `remaining` with compare-and-set, or two parallel requests
 * use one code twice. Count the attempt first: see `takeAttempt`; `createTwoFactor` does both.
 *
 * One scrypt run per set; every hash is compared in constant time. Typing is forgiven: either case, white
 * space, dashes, digits of other scripts, `o` for 0, `i` and `l` for 1.
 *
 * @param code What the person typed. Anything that can't be a code is no match, not an error.
 * @param hashes The stored hashes of that person: at most 100, from at most 4 calls of `hashBackupCodes`.
 * @param options The pepper, or several.
 * @returns The match, or `null`.
 * @throws `OtpError` `INVALID_BACKUP_HASH` if a stored string is no hash of `hashBackupCodes`;
 * `INVALID_ARGUMENT`, also if a hash was made with a pepper that is not given; `BUSY` if 200 checks wait
 * already. All of them before any scrypt run.
 *
 * @example
 * import { hashBackupCodes, verifyBackupCode } from 'otpure';
 *
 * const hashes = await hashBackupCodes(['h3vq-8e0x-2mzt-c5kd', '4yts-90gw-6hnb-1mae']);
 * const match = await verifyBackupCode('H3VQ 8EOX 2MZT C5KD', hashes);
 * match?.remaining.length; // 1
 * await verifyBackupCode('0000-0000-0000-0000', hashes); // null
 */
export async function verifyBackupCode(
  code: string,
  hashes: readonly string[],
  options: VerifyBackupCodeOptions = {},
): Promise<BackupCodeMatch | null> {
  const stored = readBackupHashes(hashes, options);
  if (canonicalCode(code) === null) return null;
  return withPlace('check', (place) => matchBackupCode(place, code, stored));
}

/** Stored hashes, with all that can be wrong with them found: what follows only computes and compares. */
export interface StoredHashes {
  hashes: readonly string[];
  sets: StoredSet[];
}

export function readBackupHashes(hashes: readonly string[], options: VerifyBackupCodeOptions): StoredHashes {
  checkArray('hashes', hashes, 0, MAX_CODES);
  const { pepper } = checkObject('options', options);
  const peppers = pepper === undefined ? [] : checkPeppers(pepper);
  // There is nothing to look up, as for a TOTP code, and the id of each pepper takes a hash.
  if (hashes.length === 0) return { hashes, sets: [] };
  const keys = new Map(peppers.map((key) => [keyId(key), key]));
  const sets = new Map<string, StoredSet>();
  for (const hash of hashes) {
    const set = parseHash(hash, keys);
    sets.set(set.prefix, set);
  }
  checkInteger('the number of sets among hashes', sets.size, 0, 4);
  // A copy: the caller's array may change while scrypt runs.
  return { hashes: [...hashes], sets: [...sets.values()] };
}

/** Compares what can be a code with every hash, whether one matched before or not. */
export async function matchBackupCode(
  place: ScryptPlace,
  code: unknown,
  { hashes, sets }: StoredHashes,
): Promise<BackupCodeMatch | null> {
  // Every caller has made sure that it is a code.
  const canonical = canonicalCode(code) as string;
  const used = new Set<string>();
  // Copies of the keys: the caller may wipe its own while scrypt runs.
  const copies = sets.map((set) => ({ ...set, key: set.key && new Uint8Array(set.key) }));
  try {
    for (const { prefix, salt, cost, key } of copies) {
      const expected = prefix + finishHash(await place.derive(canonical, salt, cost), key);
      for (const hash of hashes) if (constantTimeEqual(hash, expected)) used.add(hash);
    }
  } finally {
    for (const { key } of copies) key?.fill(0);
  }
  if (used.size === 0) return null;
  return { used: [...used], remaining: hashes.filter((hash) => !used.has(hash)) };
}

/** The codes that were hashed together. */
export interface StoredSet {
  /** All of the string up to the hash. */
  prefix: string;
  salt: Uint8Array;
  cost: ScryptCost;
  key: Uint8Array | undefined;
}

function parseHash(hash: unknown, keys: ReadonlyMap<string, Uint8Array>): StoredSet {
  const parts = typeof hash === 'string' ? STORED_HASH.exec(hash) : null;
  if (parts === null) {
    throw new OtpError(
      'INVALID_BACKUP_HASH',
      'a stored backup hash is not one that hashBackupCodes returned',
    );
  }
  const [, prefix, ln, r, p, id, salt] = parts;
  const cost = { N: 2 ** Number(ln), r: Number(r), p: Number(p) };
  try {
    checkCost(cost);
  } catch (cause) {
    throw new OtpError('INVALID_BACKUP_HASH', 'a stored backup hash asks for too much work', { cause });
  }
  const key = id === undefined ? undefined : keys.get(id);
  if (id !== undefined && key === undefined) {
    throw new OtpError('INVALID_ARGUMENT', `pepper is missing the key of a stored hash: its id is ${id}`);
  }
  return { prefix, salt: Buffer.from(salt, 'base64'), cost, key };
}

/** The code without separators and look-alikes; `null` if it is none. No branch depends on a character. */
export function canonicalCode(code: unknown): string | null {
  if (typeof code !== 'string' || code.length > MAX_TYPED_LENGTH) return null;
  const text = foldCode(code);
  const folded = new Uint8Array(text.length);
  let length = 0;
  let invalid = 0;
  for (let i = 0; i < text.length; i++) {
    const charCode = text.charCodeAt(i);
    const lower = charCode | 32;
    const isLetter = rangeMask(lower, 97, 122);
    const isPart = isLetter | digitMask(charCode);
    const isO = equalMask(lower, 111);
    const isIOrL = equalMask(lower, 105) | equalMask(lower, 108);
    folded[length] = select(isO, 48, select(isIOrL, 49, select(isLetter, lower, charCode)));
    length -= isPart;
    invalid |= ~(isPart | separatorMask(charCode));
  }
  const isCode = invalid === 0 && length >= MIN_LENGTH && length <= MAX_ACCEPTED_LENGTH;
  const canonical = isCode ? String.fromCharCode(...folded.subarray(0, length)) : null;
  folded.fill(0);
  return canonical;
}

/** The last part of a stored hash: what scrypt gave, under the pepper if there is one. Wipes `derived`. */
function finishHash(derived: Uint8Array, pepper: Uint8Array | undefined): string {
  try {
    return toBase64(pepper ? crypto.createHmac('sha256', pepper).update(derived).digest() : derived);
  } finally {
    derived.fill(0);
  }
}

/** Base64 as in PHC strings: standard alphabet, no padding. */
function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64').replace(/=/g, '');
}
