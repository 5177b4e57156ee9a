// One target a function: generated input, the call, and what must be true of the outcome.

import attempts from './attempts.mjs';
import backupCodes from './backup-codes.mjs';
import base32 from './base32.mjs';
import hotp from './hotp.mjs';
import others from './others.mjs';
import otpauthUri from './otpauth-uri.mjs';
import totp from './totp.mjs';

export const targets = { ...base32, ...otpauthUri, ...hotp, ...totp, ...backupCodes, ...attempts, ...others };
