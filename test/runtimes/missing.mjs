// A runtime whose node:crypto lacks something, made by giving a copy of the library another node:crypto.
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const USED = ['createHmac', 'hash', 'randomFillSync', 'scrypt', 'timingSafeEqual'];

async function importWithout(missing, dist, folder) {
  rmSync(folder, { recursive: true, force: true });
  cpSync(dist, folder, { recursive: true });
  const rest = USED.filter((name) => name !== missing);
  writeFileSync(join(folder, 'node-crypto.js'), `export { ${rest.join(', ')} } from 'node:crypto';\n`);
  for (const file of readdirSync(folder).filter(
    (name) => name.endsWith('.js') && name !== 'node-crypto.js',
  )) {
    const source = readFileSync(join(folder, file), 'utf8');
    writeFileSync(
      join(folder, file),
      source.replaceAll(/'node:crypto'|"node:crypto"/g, "'./node-crypto.js'"),
    );
  }
  return import(pathToFileURL(join(folder, 'index.js')).href);
}

const key = Buffer.from('12345678901234567890');
const codes = ['abcdefgh'];
const cost = { N: 2, r: 1, p: 1 };

/** By what is missing: calls that have to say so, and calls that work as ever. */
const expectations = {
  hash: {
    says: {
      generateTotp: (otpure) => otpure.generateTotp(key),
      generateHotp: (otpure) => otpure.generateHotp(key, 0),
      verifyTotp: (otpure) => otpure.verifyTotp(key, '287082'),
      verifyHotp: (otpure) => otpure.verifyHotp(key, '287082', 0),
      resyncHotp: (otpure) => otpure.resyncHotp(key, ['287082', '359152'], 0),
    },
    works: {
      encodeBase32: (otpure) => otpure.encodeBase32(key),
      parseOtpauthUri: (otpure) => otpure.parseOtpauthUri('otpauth://totp/ann?secret=GEZDGNBVGY3TQOJQ'),
      hashBackupCodes: (otpure) => otpure.hashBackupCodes(codes, { cost }),
      generateSecret: (otpure) => otpure.generateSecret(),
    },
  },
  scrypt: {
    says: {
      hashBackupCodes: (otpure) => otpure.hashBackupCodes(codes, { cost }),
      verifyBackupCode: (otpure) =>
        otpure.verifyBackupCode('abcdefgh', [`$scrypt$ln=1,r=1,p=1$${'A'.repeat(22)}$${'A'.repeat(43)}`]),
    },
    works: {
      generateTotp: (otpure) => otpure.generateTotp(key),
      generateBackupCodes: (otpure) => otpure.generateBackupCodes(),
      checkAttempts: (otpure) => otpure.checkAttempts(null),
    },
  },
};

/** How many expectations held, and the failures. */
export async function runMissing(dist, folder) {
  const failures = [];
  let passed = 0;
  for (const [missing, { says, works }] of Object.entries(expectations)) {
    let otpure;
    try {
      otpure = await importWithout(missing, dist, join(folder, missing));
    } catch (error) {
      failures.push(`without ${missing}, the import fails: ${error.message}`);
      continue;
    }
    for (const [name, call] of [...Object.entries(says), ...Object.entries(works)]) {
      const message = await (async () => call(otpure))().then(
        () => undefined,
        (error) => String(error?.message),
      );
      const right =
        name in says ? new RegExp(`otpure needs .*\\b${missing}\\b`).test(message) : message === undefined;
      if (right) passed++;
      else failures.push(`without ${missing}, ${name}: ${message ?? 'no error'}`);
    }
  }
  return { passed, failures };
}
