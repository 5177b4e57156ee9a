// HMAC (RFC 2104) of counters, and ids of keys: all hashing of key material but scrypt.
import * as crypto from 'node:crypto';
import { DIGEST_BYTES, type OtpAlgorithm } from './options.js';

const INNER_PAD = 0x36;
const OUTER_PAD = 0x5c;

/**
 * The two messages of RFC 2104 for one hash, `inner pad | counter` and `outer pad | inner digest`.
 * One-shot hashes over them cost a third of `createHmac`. Between calls they rest as the pads of an empty
 * key, so that a call writes, and wipes, no more than its key.
 */
interface Messages {
  hash: string;
  block: number;
  inner: Uint8Array;
  outer: Uint8Array;
  /** Whether a call is under way, or was ended from outside (by a vm timeout, say) before it wiped its key. */
  isDirty: boolean;
}

function createMessages(algorithm: OtpAlgorithm, block: number): Messages {
  return {
    hash: algorithm.toLowerCase(),
    block,
    inner: new Uint8Array(block + 8).fill(INNER_PAD),
    outer: new Uint8Array(block + DIGEST_BYTES[algorithm]).fill(OUTER_PAD),
    isDirty: false,
  };
}

const MESSAGES: Record<OtpAlgorithm, Messages> = {
  SHA1: /* @__PURE__ */ createMessages('SHA1', 64),
  SHA256: /* @__PURE__ */ createMessages('SHA256', 64),
  SHA512: /* @__PURE__ */ createMessages('SHA512', 128),
};

/**
 * HMAC of each counter as eight big-endian bytes, under one key of any length.
 *
 * @param counters Safe integers or bigints up to 2^64 − 1; checked by the caller.
 * @returns One digest a counter, as a string of char codes 0–255.
 */
export function hmacCounters(
  algorithm: OtpAlgorithm,
  secret: Uint8Array,
  counters: readonly (number | bigint)[],
): string[] {
  const messages = MESSAGES[algorithm];
  const { hash, block, inner, outer } = messages;
  const key = secret.length > block ? toBytes(digest(hash, secret)) : secret;
  const { length } = key;
  const digests: string[] = [];
  if (messages.isDirty) {
    inner.fill(INNER_PAD);
    outer.fill(OUTER_PAD);
  }
  messages.isDirty = true;
  try {
    for (let i = 0; i < length; i++) {
      inner[i] = key[i] ^ INNER_PAD;
      outer[i] = key[i] ^ OUTER_PAD;
    }
    for (const counter of counters) {
      writeCounter(inner, block, counter);
      const innerDigest = digest(hash, inner);
      for (let i = 0; i < innerDigest.length; i++) outer[block + i] = innerDigest.charCodeAt(i);
      digests.push(digest(hash, outer));
    }
  } finally {
    // The key must not outlive the call in memory that can be wiped.
    for (let i = 0; i < length; i++) {
      inner[i] = INNER_PAD;
      outer[i] = OUTER_PAD;
    }
    for (let i = block; i < outer.length; i++) outer[i] = OUTER_PAD;
    if (key !== secret) key.fill(0);
    messages.isDirty = false;
  }
  return digests;
}

function writeCounter(target: Uint8Array, offset: number, counter: number | bigint): void {
  const big = typeof counter === 'bigint';
  const high = big ? Number(counter >> 32n) : counter / 2 ** 32;
  const low = big ? Number(counter & 0xffff_ffffn) : counter;
  for (let i = 0; i < 4; i++) {
    target[offset + i] = high >>> (24 - 8 * i);
    target[offset + 4 + i] = low >>> (24 - 8 * i);
  }
}

function digest(hash: string, message: Uint8Array): string {
  // Imported as a namespace: a missing named import would fail the app at start, for all functions.
  if (crypto.hash === undefined) {
    throw new Error('otpure needs crypto.hash of node:crypto (Node.js 20.12 or later)');
  }
  return crypto.hash(hash, message, 'binary');
}

function toBytes(binary: string): Uint8Array {
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

const KEY_ID_LABEL = /* @__PURE__ */ new TextEncoder().encode('otpure key id');
const KEY_ID_BYTES = 6;

/**
 * Eight characters of base64url that tell the random keys of one server apart, stored beside what a key
 * made. 48 bits of a hash: they say nothing about a key of 128 random bits or more.
 */
export function keyId(key: Uint8Array): string {
  const message = new Uint8Array(KEY_ID_LABEL.length + key.length);
  message.set(KEY_ID_LABEL);
  message.set(key, KEY_ID_LABEL.length);
  const id = digest('sha256', message).slice(0, KEY_ID_BYTES);
  message.fill(0);
  return Buffer.from(id, 'latin1').toString('base64url');
}

/** SHA-256 of a random token in base64url: what may be stored of it. */
export function hashToken(token: string): string {
  return Buffer.from(digest('sha256', new TextEncoder().encode(token)), 'latin1').toString('base64url');
}
