// The HMAC from two one-shot hashes, against node:crypto's; what is left in its buffers.
import * as crypto from 'node:crypto';
import { runInNewContext } from 'node:vm';
import { beforeAll, expect, test, vi } from 'vitest';
import { hmac, setKey, wipeKey } from '../src/hmac.js';
import type { OtpAlgorithm } from '../src/index.js';
import { generateHotp, resyncHotp, verifyHotp, verifyTotp } from '../src/index.js';
import { referenceHmac } from './reference/reference.mjs';
import { ascii, loadVectors, toHex } from './tools/vectors.js';

const { hash } = crypto;
const COUNTERS = [0, 1, 2 ** 31, 2 ** 32 + 1, 2 ** 53 - 1, 2n ** 53n + 1n, 2n ** 63n, 2n ** 64n - 1n];

/** The HMAC of each counter in hex, under one key. */
function hmacs(
  algorithm: OtpAlgorithm,
  secret: Uint8Array,
  counters: readonly (number | bigint)[],
): string[] {
  const messages = setKey(algorithm, secret);
  const digests = counters.map((counter) => hmac(messages, counter));
  wipeKey(messages);
  return digests.map((digest) => Buffer.from(digest, 'latin1').toString('hex'));
}

const ALGORITHMS: OtpAlgorithm[] = ['SHA1', 'SHA256', 'SHA512'];

// Before the first one, the runtime is asked how it takes the length of a digest.
beforeAll(() => {
  for (const algorithm of ALGORITHMS) hmacs(algorithm, new Uint8Array(20), [0]);
});

test.each(ALGORITHMS)('%s: equals createHmac for keys of 0 to 200 bytes', (algorithm) => {
  for (let length = 0; length <= 200; length++) {
    const key = crypto.createHash('sha512').update(`key ${length}`).digest();
    const secret = new Uint8Array(length).map((_, i) => key[i % key.length] ^ i);
    expect(hmacs(algorithm, secret, COUNTERS)).toEqual(
      COUNTERS.map((counter) => toHex(referenceHmac(secret, counter, algorithm))),
    );
  }
});

test.each([
  ['uses the length of a digest where crypto.hash takes it', 'binary', 3],
  ['does without where crypto.hash throws', 'no encoding', 1],
  ['does without where crypto.hash returns hexadecimal digits', 'hex', 1],
])('%s', async (_, encoding, uses) => {
  const mock = (name: string, message: Uint8Array, format: unknown) =>
    hash(name, message, (typeof format === 'string' ? format : encoding) as 'binary');
  const calls = vi.spyOn(crypto, 'hash').mockImplementation(mock as typeof hash).mock.calls;
  vi.resetModules();
  const fresh = await import('../src/index.js');
  expect(fresh.generateHotp(ascii('12345678901234567890'), 0)).toBe('755224');
  expect(calls.map(([, , format]) => typeof format).filter((type) => type === 'object')).toHaveLength(uses);
});

test('RFC 4226 Appendix D: the intermediate HMACs', () => {
  const { secret, vectors } = loadVectors<{ secret: string; vectors: { counter: number; hmac: string }[] }>(
    'rfc4226.json',
  );
  const counters = vectors.map(({ counter }) => counter);
  expect(hmacs('SHA1', ascii(secret), counters)).toEqual(vectors.map(({ hmac }) => hmac));
});

test('leaves the secret as it was', () => {
  const secret = new Uint8Array(200).fill(7);
  generateHotp(secret, 1);
  expect(secret).toEqual(new Uint8Array(200).fill(7));
});

/** The buffers handed to the hash: they are the ones kept between calls. */
function spyOnMessages(hash: (...args: Parameters<typeof crypto.hash>) => unknown = crypto.hash) {
  const messages = new Set<Uint8Array>();
  vi.spyOn(crypto, 'hash').mockImplementation(((...args: Parameters<typeof crypto.hash>) => {
    messages.add(args[1] as Uint8Array);
    return hash(...args);
  }) as typeof crypto.hash);
  return messages;
}

const COUNTER = 2n ** 64n - 1n;
/** All bytes but zeros, those of the pads of RFC 2104, and those of the counter: of the key, or of a digest. */
const leftOver = (messages: Set<Uint8Array>) =>
  [...messages].flatMap((message) => [...message].filter((byte) => ![0, 0x36, 0x5c, 0xff].includes(byte)));

test.each<[OtpAlgorithm, number]>([
  ['SHA1', 20],
  ['SHA256', 32],
  ['SHA512', 64],
  ['SHA512', 128],
])('%s: nothing derived from a key of %i bytes is left in the buffers', (algorithm, length) => {
  const messages = spyOnMessages();
  const secret = new Uint8Array(length).fill(0xa5);
  for (const call of [
    () => generateHotp(secret, COUNTER, { algorithm }),
    () => verifyHotp(secret, '123456', COUNTER, { algorithm }),
    () => resyncHotp(secret, ['123456', '234567'], COUNTER - 1n, { algorithm }),
    () => verifyTotp(secret, '123456', null, { algorithm }),
  ]) {
    call();
    expect(messages.size).toBe(2);
    expect(leftOver(messages)).toEqual([]);
  }
});

test('the hash that stands for a long key is wiped too', () => {
  const from = vi.spyOn(Uint8Array, 'from');
  generateHotp(new Uint8Array(65).fill(0xa5), 1);
  expect(from.mock.results.map(({ value }) => value)).toEqual([new Uint8Array(20)]);
});

test('a call that is ended from outside, its buffers not wiped, does not spoil the next one', () => {
  const secret = new Uint8Array(64).fill(0xa5);
  const messages = spyOnMessages(() => {
    process.kill(process.pid, 'SIGINT');
    for (;;);
  });
  const call = () => generateHotp(secret, 1);
  expect(() => runInNewContext('call()', { call }, { breakOnSigint: true })).toThrow('interrupted');
  expect(leftOver(messages)).not.toEqual([]);
  vi.restoreAllMocks();
  expect(hmacs('SHA1', new Uint8Array(20), [1])).toEqual([toHex(referenceHmac(new Uint8Array(20), 1))]);
});

test.each([
  ['generating', (secret: Uint8Array) => generateHotp(secret, COUNTER)],
  ['verifying', (secret: Uint8Array) => verifyHotp(secret, '123456', COUNTER)],
])('%s wipes the buffers when the hash fails, and passes its error on', (_, call) => {
  const failure = new Error('no such digest');
  const messages = spyOnMessages(() => {
    throw failure;
  });
  expect(() => call(new Uint8Array(20).fill(0xa5))).toThrow(failure);
  expect(messages.size).toBe(1);
  expect(leftOver(messages)).toEqual([]);
});

test('computes one inner and one outer hash for each counter', () => {
  const messages = vi.spyOn(crypto, 'hash');
  hmacs('SHA1', new Uint8Array(20), [1, 2, 3]);
  expect(messages).toHaveBeenCalledTimes(6);
});
