//! otpure (MIT)
// HMAC (RFC 2104) of counters, and ids of keys: all hashing of key material except scrypt.
import * as crypto from 'node:crypto';
import { DIGEST_BYTES, type OtpAlgorithm } from './options.js';

const INNER_PAD = 0x36;
const OUTER_PAD = 0x5c;

/** The two messages that RFC 2104 hashes. One-shot hashes of them cost a third of `createHmac`. */
export interface HmacMessages {
  hash: Hash;
  block: number;
  /** The key and the inner pad, then a counter. */
  inner: Uint8Array;
  /** The key and the outer pad, then the digest of `inner`. */
  outer: Uint8Array;
  /** Where the counter stands in `inner`. */
  counter: DataView;
  /** Both messages in one piece, and what they hold while no key is set. */
  both: Uint8Array;
  unkeyed: Uint8Array;
  isKeyed: boolean;
}

/** Hashes a message: the digest is a string of char codes 0–255. */
type Hash = (message: Uint8Array) => string;

function createMessages(algorithm: OtpAlgorithm): HmacMessages {
  const digest = DIGEST_BYTES[algorithm];
  const block = digest > 32 ? 128 : 64;
  const split = block + 8;
  const unkeyed = new Uint8Array(split + block + digest).fill(INNER_PAD, 0, block).fill(OUTER_PAD, split);
  const both = unkeyed.slice();
  const [inner, outer] = [both.subarray(0, split), both.subarray(split)];
  const counter = new DataView(both.buffer, block, 8);
  const hash = createHash(algorithm, digest);
  return { hash, block, inner, outer, counter, both, unkeyed, isKeyed: false };
}

/**
 * Told the length of a digest, Node 26 doesn't look for the hash among those of variable length, which saves
 * a seventh of the time. Older versions of Node and some other runtimes don't take a length, and throw.
 */
function createHash(name: string, outputLength: number): Hash {
  // The types of the oldest Node supported know only the name of an encoding.
  const options = { outputEncoding: 'binary', outputLength } as unknown as 'binary';
  try {
    if (crypto.hash(name, new Uint8Array(), options).length === outputLength) {
      return (message) => crypto.hash(name, message, options);
    }
  } catch {}
  return (message) => crypto.hash(name, message, 'binary');
}

// Filled at the first use: hashing at import would make the import slower.
const MESSAGES: Partial<Record<OtpAlgorithm, HmacMessages>> = {};

/** Sets a key of any length. It has to be wiped in the same synchronous call, for the buffers are shared. */
export function setKey(algorithm: OtpAlgorithm, secret: Uint8Array): HmacMessages {
  MESSAGES[algorithm] ??= createMessages(algorithm);
  const messages = MESSAGES[algorithm];
  const { hash, block, inner, outer } = messages;
  const key = secret.length > block ? toBytes(hash(secret)) : secret;
  // A call that was ended from outside, such as by a vm timeout, has left its key.
  if (messages.isKeyed) wipeKey(messages);
  messages.isKeyed = true;
  for (let i = 0; i < key.length; i++) {
    inner[i] = key[i] ^ INNER_PAD;
    outer[i] = key[i] ^ OUTER_PAD;
  }
  if (key !== secret) key.fill(0);
  return messages;
}

/** The HMAC of a counter as eight big-endian bytes, a string of char codes 0–255, under the key that is set. */
export function hmac(messages: HmacMessages, counter: number | bigint): string {
  if (typeof counter === 'bigint') {
    messages.counter.setBigUint64(0, counter);
  } else {
    messages.counter.setUint32(0, counter / 2 ** 32);
    messages.counter.setUint32(4, counter);
  }
  const { hash, block, inner, outer } = messages;
  const innerDigest = hash(inner);
  for (let i = 0; i < innerDigest.length; i++) outer[block + i] = innerDigest.charCodeAt(i);
  return hash(outer);
}

/** Wipes the key, and what was computed with it. */
export function wipeKey(messages: HmacMessages): void {
  messages.both.set(messages.unkeyed);
  messages.isKeyed = false;
}

function toBytes(binary: string): Uint8Array {
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

const KEY_ID_LABEL = /* @__PURE__ */ new TextEncoder().encode('otpure key id');

/** Eight characters of base64url that tell the random keys of one server apart, stored beside what a key made. */
export function keyId(key: Uint8Array): string {
  const message = new Uint8Array(KEY_ID_LABEL.length + key.length);
  message.set(KEY_ID_LABEL);
  message.set(key, KEY_ID_LABEL.length);
  // 48 bits of a hash: they say nothing about a key of 128 random bits or more.
  const id = crypto.hash('sha256', message, 'base64url').slice(0, 8);
  message.fill(0);
  return id;
}

/** SHA-256 of a random token in base64url: what may be stored of it. */
export function hashToken(token: string): string {
  return crypto.hash('sha256', token, 'base64url');
}
