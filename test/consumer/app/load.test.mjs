import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { test } from 'node:test';

// The contract's list. A name more is a promise nobody made, a name less breaks an app.
const NAMES = [
  'OtpError',
  'buildOtpauthUri',
  'checkAttempts',
  'constantTimeEqual',
  'decodeBase32',
  'encodeBase32',
  'generateBackupCodes',
  'generateHotp',
  'generateHotpValue',
  'generateSecret',
  'generateTotp',
  'getTimeStep',
  'hashBackupCodes',
  'parseOtpauthUri',
  'recordFailure',
  'resyncHotp',
  'verifyBackupCode',
  'verifyHotp',
  'verifyTotp',
];

const require = createRequire(import.meta.url);
const imported = await import('otpure');

test('import gives exactly the names of the contract', () => {
  assert.deepEqual(Object.keys(imported).sort(), NAMES);
});

test('every name is a function', () => {
  for (const name of NAMES) assert.equal(typeof imported[name], 'function', name);
});

test('require gives the same names and the same functions', () => {
  const required = require('otpure');
  // __esModule is Node's own addition, for code that was translated from ES modules.
  const names = Object.keys(required).filter((name) => name !== '__esModule');
  assert.deepEqual(names.sort(), NAMES);
  for (const name of NAMES) assert.equal(required[name], imported[name], name);
});

test('require prints no warning', () => {
  const args = ['-e', "console.log(typeof require('otpure').verifyTotp)"];
  const { stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: import.meta.dirname,
    encoding: 'utf8',
  });
  assert.deepEqual({ stdout: stdout.trim(), stderr }, { stdout: 'function', stderr: '' });
});

test('nothing but the entry can be imported', () => {
  for (const path of ['otpure/dist/index.js', 'otpure/dist/hmac.js', 'otpure/hmac', 'otpure/package.json']) {
    assert.throws(() => require(path), { code: 'ERR_PACKAGE_PATH_NOT_EXPORTED' }, path);
  }
});
