// Random secrets: their length, their source, and a source that fails.
import * as crypto from 'node:crypto';
import { expect, test, vi } from 'vitest';
import { generateSecret } from '../src/index.js';

test('is as long as the output of the hash', () => {
  expect(generateSecret()).toHaveLength(20);
  expect(generateSecret({ algorithm: 'SHA1' })).toHaveLength(20);
  expect(generateSecret({ algorithm: 'SHA256' })).toHaveLength(32);
  expect(generateSecret({ algorithm: 'SHA512' })).toHaveLength(64);
});

test('is 16 to 128 bytes long where asked for', () => {
  expect(generateSecret({ bytes: 16 })).toHaveLength(16);
  expect(generateSecret({ bytes: 128, algorithm: 'SHA256' })).toHaveLength(128);
});

test('options that are undefined are absent', () => {
  expect(generateSecret({ algorithm: undefined, bytes: undefined })).toHaveLength(20);
});

test('is a plain Uint8Array with a buffer of its own', () => {
  const secret = generateSecret();
  expect(Object.getPrototypeOf(secret)).toBe(Uint8Array.prototype);
  expect(secret.buffer.byteLength).toBe(20);
});

test('is what the random source gave', () => {
  vi.spyOn(crypto, 'randomFillSync').mockImplementation((array) => (array as Uint8Array).fill(0x5a));
  expect(generateSecret()).toEqual(new Uint8Array(20).fill(0x5a));
});

test('is different each time', () => {
  expect(new Set(Array.from({ length: 1000 }, () => generateSecret().join())).size).toBe(1000);
});

test('returns nothing when the random source fails', () => {
  const failure = new Error('no entropy');
  vi.spyOn(crypto, 'randomFillSync').mockImplementation(() => {
    throw failure;
  });
  expect(() => generateSecret()).toThrow(failure);
});
