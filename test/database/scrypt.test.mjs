// Backup hashes recomputed from the PHC string alone, by other code than the library's.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHmac, scryptSync } from 'node:crypto';
import { test } from 'node:test';
import { hmac } from '@noble/hashes/hmac.js';
import { scrypt } from '@noble/hashes/scrypt.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { generateBackupCodes, hashBackupCodes } from 'otpure';

const CODES = ['40712-95836', 'H3VQ-8E0X-2MZT-C5KD', ...generateBackupCodes({ count: 2 })];
const PEPPER = new TextEncoder().encode('a key outside of the database');
// The default, and one that shares no parameter with it.
const COSTS = [undefined, { N: 256, r: 3, p: 2 }];

/** The parts of a PHC string (the format's specification: name, parameters, salt, hash). */
function readPhc(phc) {
  const [empty, id, parameters, salt, hash] = phc.split('$');
  assert.deepEqual([empty, id], ['', 'scrypt']);
  const { ln, r, p } = Object.fromEntries(parameters.split(',').map((entry) => entry.split('=')));
  const bytes = (text) => Buffer.from(text, 'base64');
  return { N: 2 ** Number(ln), r: Number(r), p: Number(p), salt: bytes(salt), hash: bytes(hash) };
}

/** What is hashed: the code without hyphens, in lower case. */
const canonical = (code) => code.replaceAll('-', '').toLowerCase();

const nodeCrypto = (code, { N, r, p, salt }, pepper) =>
  scryptSync(pepper ? createHmac('sha256', pepper).update(code).digest() : code, salt, 32, {
    N,
    r,
    p,
    maxmem: 2 ** 28,
  });

const noble = (code, { N, r, p, salt }, pepper) => {
  const text = new TextEncoder().encode(code);
  return Buffer.from(scrypt(pepper ? hmac(sha256, pepper, text) : text, salt, { N, r, p, dkLen: 32 }));
};

const PYTHON = `
import hashlib, hmac, json, sys
code, salt, n, r, p, pepper = json.load(sys.stdin)
key = code.encode()
if pepper: key = hmac.new(bytes.fromhex(pepper), key, 'sha256').digest()
print(hashlib.scrypt(key, salt=bytes.fromhex(salt), n=n, r=r, p=p, maxmem=2**28, dklen=32).hex())
`;
const hex = (bytes) => Buffer.from(bytes).toString('hex');
const python = (code, { N, r, p, salt }, pepper) => {
  const input = JSON.stringify([code, hex(salt), N, r, p, pepper ? hex(pepper) : '']);
  const { status, stdout, stderr } = spawnSync('python3', ['-c', PYTHON], { input, encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  return Buffer.from(stdout.trim(), 'hex');
};

const hasPython = spawnSync('python3', ['-c', 'import hashlib; hashlib.scrypt']).status === 0;
const OTHERS = [
  { name: 'crypto.scryptSync', derive: nodeCrypto, skip: false },
  { name: '@noble/hashes', derive: noble, skip: false },
  {
    name: "Python's hashlib",
    derive: python,
    skip: hasPython ? false : 'python3 with scrypt is not installed',
  },
];

for (const cost of COSTS) {
  for (const pepper of [undefined, PEPPER]) {
    // Hashed once, then read by all three.
    const stored = hashBackupCodes(CODES.slice(0, cost ? 4 : 1), {
      ...(cost && { cost }),
      ...(pepper && { pepper }),
    });
    const title = `${cost ? JSON.stringify(cost) : 'default cost'}, ${pepper ? 'with' : 'without'} pepper`;
    for (const { name, derive, skip } of OTHERS) {
      test(`${name} comes to the same hashes: ${title}`, { skip }, async () => {
        for (const [i, phc] of (await stored).entries()) {
          const parts = readPhc(phc);
          if (cost) assert.deepEqual({ N: parts.N, r: parts.r, p: parts.p }, cost);
          assert.equal(hex(derive(canonical(CODES[i]), parts, pepper)), hex(parts.hash));
        }
      });
    }
  }
}

test('the default cost is one that OWASP lists', async () => {
  const [phc] = await hashBackupCodes(['40712-95836']);
  const { N, r, p } = readPhc(phc);
  const listed = [
    [17, 1],
    [16, 2],
    [15, 3],
    [14, 5],
    [13, 10],
  ].map(([ln, p]) => ({ N: 2 ** ln, r: 8, p }));
  assert.ok(listed.some((cost) => cost.N === N && cost.r === r && cost.p === p));
});

test('a set has one salt, another set another one', async () => {
  const cost = { N: 2, r: 1, p: 1 };
  const salts = async () => (await hashBackupCodes(CODES, { cost })).map((phc) => hex(readPhc(phc).salt));
  const [first, second] = [await salts(), await salts()];
  assert.equal(new Set(first).size, 1);
  assert.equal(first[0].length, 32);
  assert.notEqual(first[0], second[0]);
});
