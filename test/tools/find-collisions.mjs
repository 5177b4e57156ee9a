// Searches time steps that lie close together and have the same code, and prints them as the vectors of
// test/vectors/collisions.json:
//
//   node test/tools/find-collisions.mjs > test/vectors/collisions.json
import { createHmac } from 'node:crypto';

const SEARCHES = [
  { secret: '12345678901234567890', algorithm: 'SHA1', from: 910_000, distances: [1, 2, 3, 4, 6, 11] },
  { secret: '12345678901234567890', algorithm: 'SHA1', from: 58_000_000, distances: [1, 2, 3] },
  { secret: '12345678901234567890123456789012', algorithm: 'SHA256', from: 58_000_000, distances: [1, 2, 3] },
  {
    secret: '1234567890123456789012345678901234567890123456789012345678901234',
    algorithm: 'SHA512',
    from: 58_000_000,
    distances: [1, 2, 3],
  },
];
const DIGITS = 6;

function code(secret, algorithm, step) {
  const message = Buffer.alloc(8);
  message.writeBigUInt64BE(BigInt(step));
  const hmac = createHmac(algorithm.toLowerCase(), secret).update(message).digest();
  const value = hmac.readUInt32BE(hmac[hmac.length - 1] & 15) & 0x7fffffff;
  return String(value % 10 ** DIGITS).padStart(DIGITS, '0');
}

function search({ secret, algorithm, from, distances }) {
  const recent = [];
  const wanted = new Set(distances);
  const found = [];
  for (let step = from; wanted.size > 0; step++) {
    const current = code(secret, algorithm, step);
    for (const distance of wanted) {
      if (recent[recent.length - distance] !== current) continue;
      found.push({ secret, algorithm, first: step - distance, second: step, code: current });
      wanted.delete(distance);
    }
    recent.push(current);
    if (recent.length > 11) recent.shift();
  }
  return found;
}

const origin = 'node test/tools/find-collisions.mjs: pairs of close time steps that share a six-digit code';
console.log(JSON.stringify({ origin, digits: DIGITS, vectors: SEARCHES.flatMap(search) }, null, 2));
