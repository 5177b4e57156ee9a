// Random HOTP and TOTP cases, each computed by otpure, by every peer that supports it and by the reference.
import { generateHotp, generateTotp, verifyTotp } from 'otpure';
import { peers } from './peers.mjs';
import { Random } from './random.mjs';
import { referenceHotp, referenceTimeStep } from './reference.mjs';

/** Cases in a row with one key: a run of counters crosses edges, and oathtool is started once. */
const RUN = 10;

const EDGES = [0n, 2n ** 31n, 2n ** 32n, 2n ** 53n, 2n ** 63n, 2n ** 64n];
const MAX_SECONDS = 8.64e12;

export function randomRun(seed, index, length = RUN) {
  const random = new Random(seed, `run ${index}`);
  const type = random.pick(['hotp', 'totp']);
  const algorithm = random.pick(['SHA1', 'SHA256', 'SHA512']);
  const digits = random.pick([6, 6, 7, 8, 8, 9, 10]);
  const keyLength = random.pick([10, 16, 20, 32, 63, 64, 65, 127, 128, 129, 1 + random.below(200)]);
  const run = { type, algorithm, digits, length, key: Buffer.from(random.bytes(keyLength)) };
  return type === 'hotp'
    ? { ...run, counter: randomCounter(random, length) }
    : { ...run, ...randomTime(random, length) };
}

function randomCounter(random, length) {
  const near = random.pick(EDGES) - BigInt(random.below(2 * length));
  const counter = random.below(2) === 0 ? random.uint64() : near < 0n ? 0n : near;
  const last = 2n ** 64n - BigInt(length);
  return counter > last ? last : counter;
}

function randomTime(random, length) {
  const period = random.pick([1, 15, 30, 30, 60, 3600, 86_400, 1 + random.below(86_400)]);
  const near = random.pick([0, 2 ** 31, 2 ** 32, MAX_SECONDS]) + random.below(200) - 100;
  const any = random.pick([random.below(4_102_444_800), Number(random.uint64() >> 21n)]);
  const seconds = Math.max(0, Math.min(random.pick([near, any]), MAX_SECONDS - length * period));
  const t0 = random.pick([0, 0, random.below(seconds + 1), Math.max(0, seconds - random.below(100))]);
  return { period, t0, milliseconds: seconds * 1000 + random.below(1000) };
}

function ourCodes({ type, key, counter, milliseconds, length, ...options }) {
  return Array.from({ length }, (_, i) => {
    if (type === 'hotp') {
      const big = counter + BigInt(i);
      const given = big <= Number.MAX_SAFE_INTEGER && i % 2 === 0 ? Number(big) : big;
      return generateHotp(key, given, { ...options, minSecretBytes: 1 });
    }
    const at = { ...options, minSecretBytes: 1, timestamp: milliseconds + i * options.period * 1000 };
    const code = generateTotp(key, at);
    if (verifyTotp(key, code, { ...at, window: 0 })?.drift !== 0) return `${code}, which verifyTotp refuses`;
    return code;
  });
}

function referenceCodes({ type, key, counter, milliseconds, period, t0, length, ...options }) {
  const first = type === 'hotp' ? counter : referenceTimeStep(milliseconds, period, t0);
  return Array.from({ length }, (_, i) => referenceHotp(key, first + BigInt(i), options));
}

/** Compares a number of cases; returns how many each peer computed, and the disagreements. */
export function compareCodes(seed, cases) {
  const computed = Object.fromEntries(Object.keys(peers).map((name) => [name, 0]));
  const disagreements = [];
  let done = 0;
  for (let index = 0; done < cases; index++) {
    const run = randomRun(seed, index, Math.min(RUN, cases - done));
    const ours = ourCodes(run);
    const answers = { reference: referenceCodes(run) };
    for (const [name, { supports, codes }] of Object.entries(peers)) {
      if (!supports(run)) continue;
      answers[name] = codes(run);
      computed[name] += run.length;
    }
    for (let i = 0; i < run.length; i++) {
      const other = Object.entries(answers).filter(([, codes]) => codes[i] !== ours[i]);
      if (other.length === 0) continue;
      const theirs = Object.fromEntries(other.map(([name, codes]) => [name, codes[i]]));
      disagreements.push({ origin: `seed ${seed}, run ${index}, case ${i}`, ...run, ours: ours[i], theirs });
    }
    done += run.length;
  }
  return { computed, disagreements };
}
