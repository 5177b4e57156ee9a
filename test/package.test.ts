import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import * as otpure from '../src/index.js';

const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');

// A module may import those below it. Written down here, so that a new import is a decision.
const MAY_IMPORT: Record<string, string[]> = {
  'index.ts': [
    './attempts.js',
    './backup-codes.js',
    './base32.js',
    './constant-time.js',
    './errors.js',
    './hotp.js',
    './options.js',
    './otpauth-uri.js',
    './scrypt.js',
    './sealed-secret.js',
    './second-factor.js',
    './secret.js',
    './totp.js',
    './two-factor-config.js',
    './two-factor.js',
  ],
  'two-factor.ts': [
    './attempts.js',
    './backup-codes.js',
    './base32.js',
    './checks.js',
    './constant-time.js',
    './factor-changes.js',
    './hmac.js',
    './options.js',
    './otpauth-uri.js',
    './sealed-secret.js',
    './second-factor.js',
    './secret.js',
    './totp.js',
    './two-factor-config.js',
  ],
  'factor-changes.ts': [
    './attempts.js',
    './backup-codes.js',
    './scrypt.js',
    './sealed-secret.js',
    './second-factor.js',
    './totp.js',
    './two-factor-config.js',
  ],
  'two-factor-config.ts': [
    './attempts.js',
    './backup-codes.js',
    './checks.js',
    './options.js',
    './otpauth-uri.js',
    './scrypt.js',
    './sealed-secret.js',
    './second-factor.js',
    './totp.js',
  ],
  'second-factor.ts': [
    './attempts.js',
    './backup-codes.js',
    './checks.js',
    './errors.js',
    './hotp.js',
    './options.js',
    './scrypt.js',
    './totp.js',
    'node:crypto',
  ],
  'sealed-secret.ts': ['./checks.js', './errors.js', './hmac.js', './options.js', 'node:crypto'],
  'totp.ts': ['./checks.js', './constant-time.js', './hmac.js', './hotp.js', './options.js'],
  'hotp.ts': ['./checks.js', './constant-time.js', './hmac.js', './options.js', './typed-text.js'],
  'otpauth-uri.ts': ['./base32.js', './checks.js', './errors.js', './options.js'],
  'backup-codes.ts': [
    './checks.js',
    './constant-time.js',
    './errors.js',
    './hmac.js',
    './scrypt.js',
    './typed-text.js',
    'node:crypto',
  ],
  'scrypt.ts': ['./checks.js', './errors.js', 'node:crypto'],
  'attempts.ts': ['./checks.js', './options.js'],
  'secret.ts': ['./checks.js', './options.js', 'node:crypto'],
  'base32.ts': ['./checks.js', './constant-time.js', './errors.js', './options.js', './typed-text.js'],
  'typed-text.ts': ['./constant-time.js'],
  'hmac.ts': ['./options.js', 'node:crypto'],
  'constant-time.ts': ['./checks.js', 'node:crypto'],
  'options.ts': ['./checks.js', './errors.js'],
  'checks.ts': ['./errors.js'],
  'errors.ts': [],
};

/** The source without its comments, whose examples import the package. */
const code = (module: string): string => read(`src/${module}`).replace(/^\s*(\*|\/\/).*$/gm, '');

const modules = readdirSync(new URL('../src', import.meta.url)).sort();

test('the modules are those of the import graph', () => {
  expect(modules).toEqual(Object.keys(MAY_IMPORT).sort());
});

test.each(modules)('%s imports what it may, and nothing else', (module) => {
  const imports = [...code(module).matchAll(/\bfrom '([^']+)'|\bimport\(?\s*'([^']+)'/g)].map(
    (match) => match[1],
  );
  expect([...new Set(imports)].sort()).toEqual(MAY_IMPORT[module]);
});

// The line with the licence is kept, and breaks the shipped file into lines: with an error that nobody catches,
// Node prints the whole line that threw it.
test.each(modules)('%s begins with the licence, and says what lives there', (module) => {
  expect(read(`src/${module}`)).toMatch(/^\/\/! otpure \(MIT\)\n\/\/ [^\n]+\.\n/);
});

test('only options.ts reads the clock, once, and nothing reads the environment', () => {
  const touched = modules.flatMap((module) =>
    [...code(module).matchAll(/\bDate\.now\(\)|new Date\b|performance\b|process\.|Math\.random|globalThis/g)]
      // A mention in a doc comment is in backquotes.
      .filter((match) => match.input[match.index - 1] !== '`')
      .map(([text]) => `${module}: ${text}`),
  );
  expect(touched).toEqual(['options.ts: Date.now()']);
});

test('exports exactly these names', () => {
  expect(Object.keys(otpure).sort()).toEqual([
    'OtpError',
    'buildOtpauthUri',
    'checkAttempts',
    'constantTimeEqual',
    'createSecondFactor',
    'createTwoFactor',
    'decodeBase32',
    'decryptSecret',
    'encodeBase32',
    'encryptSecret',
    'generateBackupCodes',
    'generateHotp',
    'generateHotpValue',
    'generateSecret',
    'generateTotp',
    'getTimeStep',
    'hasPassed',
    'hashBackupCodes',
    'parseOtpauthUri',
    'replaceBackupCodes',
    'resyncHotp',
    'takeAttempt',
    'updateSecondFactor',
    'verifyBackupCode',
    'verifyHotp',
    'verifySecondFactor',
    'verifyTotp',
  ]);
});

test('package.json: one entry, types first, no dependency, free of side effects', () => {
  const manifest = JSON.parse(read('package.json'));
  expect(manifest).toMatchObject({
    name: 'otpure',
    type: 'module',
    license: 'MIT',
    sideEffects: false,
    engines: { node: '>=20.19' },
    dependencies: {},
    // Without the types of modules that no public type refers to.
    files: ['dist', '!dist/{checks,factor-changes,typed-text}.d.ts'],
    // For `moduleResolution: node` and old tools, which don't read `exports`.
    main: './dist/index.js',
    types: './dist/index.d.ts',
  });
  expect(Object.keys(manifest.exports)).toEqual(['.']);
  expect(Object.entries(manifest.exports['.'])).toEqual([
    ['types', './dist/index.d.ts'],
    ['default', './dist/index.js'],
  ]);
  for (const kind of ['peerDependencies', 'optionalDependencies', 'bundleDependencies', 'bin']) {
    expect(manifest).not.toHaveProperty(kind);
  }
});

test('package.json: a clone builds itself, and an install runs nothing', () => {
  const { scripts } = JSON.parse(read('package.json'));
  expect(scripts.prepare).toBe('npm run build');
  for (const script of ['preinstall', 'install', 'postinstall']) expect(scripts).not.toHaveProperty(script);
});
