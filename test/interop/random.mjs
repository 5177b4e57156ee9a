// A seeded stream of choices: the same seed and label give the same ones on every machine.
import { createHash } from 'node:crypto';

export class Random {
  #bytes;
  #at = 0;

  constructor(seed, label) {
    this.#bytes = createHash('shake256', { outputLength: 4096 }).update(`${seed} ${label}`).digest();
  }

  bytes(length) {
    const bytes = this.#bytes.subarray(this.#at, this.#at + length);
    if (bytes.length < length) throw new Error('the stream is used up');
    this.#at += length;
    return bytes;
  }

  /** 0 to `count` − 1. */
  below(count) {
    return this.bytes(6).readUIntBE(0, 6) % count;
  }

  pick(list) {
    return list[this.below(list.length)];
  }

  /** 0 to 2^64 − 1, all magnitudes alike. */
  uint64() {
    return this.bytes(8).readBigUInt64BE() >> BigInt(this.below(64));
  }
}
