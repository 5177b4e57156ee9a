// What the environment decides. A wrong setting stops the start, with its name.
import type { Policy } from './second-factor.js';

export interface Config {
  host: string;
  port: number;
  /** How browsers reach the site; https makes cookies `Secure` and `__Host-`. */
  origin: URL;
  appKey: Uint8Array;
  database: { url: string } | { folder: string };
  policies: Policies;
  /** The name that authenticator apps show. */
  issuer: string;
  /** Whoever has this address is made an administrator at the start. */
  admin: string | null;
  /** The e-mail address of those who help people that can't log in. */
  contact: string | null;
  /** Shows the mail log to everyone: for the demo and nothing else. */
  demo: boolean;
}

export interface Policies extends Omit<Policy, 'obligatory'> {
  logOutAfterActivation: boolean;
  enrolAfterRegistration: boolean;
  /** Unix milliseconds; `null`: never. */
  obligatoryFrom: number | null;
}

type Environment = Record<string, string | undefined>;

export function readConfig(env: Environment): Config {
  const port = Number(env.PORT ?? 3000);
  if (!Number.isInteger(port) || port < 1 || port > 65535) throw new Error('PORT must be 1 to 65535.');
  const host = env.HOST ?? 'localhost';
  const publicUrl = env.PUBLIC_URL ?? `http://${host}:${port}`;
  if (!URL.canParse(publicUrl)) throw new Error(`PUBLIC_URL and HOST must make a URL, not '${publicUrl}'.`);
  const origin = new URL(publicUrl);
  if (origin.protocol !== 'https:' && !['localhost', '127.0.0.1'].includes(origin.hostname))
    throw new Error('PUBLIC_URL must be https: passwords and codes would travel in the clear.');
  const issuer = env.ISSUER ?? 'Otpure Demo';
  if (!/^[^:\p{Cc}]*[^:\p{Cc}\s][^:\p{Cc}]*$/u.test(issuer))
    throw new Error('ISSUER must be a name without a colon: apps take what is before one for the name.');
  const appKey = Buffer.from(env.APP_KEY ?? '', 'base64');
  if (appKey.length !== 32)
    throw new Error('APP_KEY must be 32 random bytes in Base64, as from `openssl rand -base64 32`.');
  return {
    host,
    port,
    origin,
    appKey,
    database: env.DATABASE_URL ? { url: env.DATABASE_URL } : { folder: env.DATA_DIR ?? 'data' },
    policies: readPolicies(env.POLICIES ?? ''),
    issuer,
    admin: readAddress(env, 'ADMIN'),
    contact: readAddress(env, 'CONTACT'),
    demo: env.DEMO === 'true',
  };
}

function readAddress(env: Environment, name: string): string | null {
  const email = readEmail(env[name] ?? '');
  if (env[name] && email === null) throw new Error(`${name} must be an e-mail address.`);
  return email;
}

/** `null`: no address. No colon, which separates site and account in the URI behind the QR code. */
export function readEmail(typed: string): string | null {
  const email = typed.trim().toLowerCase();
  return /^[^\s:@\p{Cc}]+@[^\s:@\p{Cc}]+$/u.test(email) && email.length <= 200 ? email : null;
}

/** A comma-separated list, such as `log-out-after-activation, obligatory-from=2027-01-01` (midnight UTC). */
export function readPolicies(list: string): Policies {
  const policies: Policies = {
    enrolAtFirstLogin: false,
    logOutAfterActivation: false,
    enrolAfterRegistration: false,
    backupCodes: 'on',
    backupCodeAlphabet: 'base32',
    backupCodesAfterActivation: false,
    obligatoryFrom: null,
  };
  for (const name of list.split(',').map((part) => part.trim())) {
    const date = /^obligatory-from=(\d{4}-\d{2}-\d{2})$/.exec(name)?.[1];
    if (name === '') continue;
    else if (name === 'enrol-at-first-login') policies.enrolAtFirstLogin = true;
    else if (name === 'enrol-after-registration') policies.enrolAfterRegistration = true;
    else if (name === 'log-out-after-activation') policies.logOutAfterActivation = true;
    else if (name === 'backup-code-disables') policies.backupCodes = 'disable';
    else if (name === 'backup-codes-off') policies.backupCodes = 'off';
    else if (name === 'backup-codes=digits') policies.backupCodeAlphabet = 'digits';
    else if (name === 'backup-codes-after-activation') policies.backupCodesAfterActivation = true;
    else if (date && !Number.isNaN(Date.parse(date))) policies.obligatoryFrom = Date.parse(date);
    else throw new Error(`POLICIES: '${name}' is not known.`);
  }
  return policies;
}

/** The policies as they are in force at a moment. */
export const policyAt = (policies: Policies, now: number): Policy => ({
  ...policies,
  obligatory: policies.obligatoryFrom !== null && now >= policies.obligatoryFrom,
});
