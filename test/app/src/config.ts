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
  /** The address of the account that is made an administrator at the start. */
  admin: string | null;
  /** The e-mail address of those who help people that can't log in. */
  contact: string | null;
  /** The server that mail is sent by. `null`: mail is only written down. */
  smtp: string | null;
  /** Shows the mail log to everyone: for the demo and nothing else. */
  demo: boolean;
}

const none = {
  /** The first login of a new account finishes only with two-factor login set up. */
  enrolAtFirstLogin: false,
  enrolAfterRegistration: false,
  logOutAfterActivation: false,
  /** `disable`: a login with a backup code switches two-factor login off. */
  backupCodes: 'on' as 'on' | 'disable' | 'off',
  backupCodeAlphabet: 'base32' as 'base32' | 'digits',
  backupCodeCount: 10,
  /** Shows the backup codes once two-factor login is on, and asks for no tick. */
  backupCodesAfterActivation: false,
  /** Offers to ask for no code in a browser for some weeks. */
  trustedDevices: true,
  /** Unix milliseconds. */
  obligatoryFrom: null as number | null,
};
export type Policies = typeof none;

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
  const contact = readAddress(env, 'CONTACT');
  const smtp = env.SMTP_URL || null;
  if (smtp && (!/^smtps?:/.test(smtp) || !URL.canParse(smtp)))
    throw new Error('SMTP_URL must be a URL such as smtps://name:password@mail.example.com.');
  if (smtp && !contact)
    throw new Error('CONTACT must be set beside SMTP_URL: mail is sent from that address.');
  return {
    host,
    port,
    origin,
    appKey,
    database: env.DATABASE_URL ? { url: env.DATABASE_URL } : { folder: env.DATA_DIR ?? 'data' },
    policies: readPolicies(env.POLICIES ?? ''),
    issuer,
    admin: readAddress(env, 'ADMIN'),
    contact,
    smtp,
    demo: env.DEMO === 'true',
  };
}

function readAddress(env: Environment, name: string): string | null {
  const email = readEmail(env[name] ?? '');
  if (env[name] && email === null) throw new Error(`${name} must be an e-mail address.`);
  return email;
}

/**
 * `null`: no address. No colon, which separates site and account in the URI behind the QR code; and nothing that
 * can't be seen, or two accounts would look alike. No sign that makes two addresses of one, in a mail's head.
 */
export function readEmail(typed: string): string | null {
  const email = typed.trim().toLowerCase();
  const { source: part } = /[^\s:@,;<>()[\]"\\\p{C}\p{Default_Ignorable_Code_Point}\u2800]+/u;
  return email.length <= 200 && new RegExp(`^${part}@${part}$`, 'u').test(email) ? email : null;
}

const obligatory = 'obligatory-from=YYYY-MM-DD';
const known: Record<string, Partial<Policies>> = {
  'enrol-at-first-login': { enrolAtFirstLogin: true },
  'enrol-after-registration': { enrolAfterRegistration: true },
  'log-out-after-activation': { logOutAfterActivation: true },
  'backup-codes-off': { backupCodes: 'off' },
  'backup-codes=1': { backupCodeCount: 1 },
  'backup-codes=digits': { backupCodeAlphabet: 'digits' },
  'backup-codes-after-activation': { backupCodesAfterActivation: true },
  'backup-code-disables': { backupCodes: 'disable' },
  'trusted-devices-off': { trustedDevices: false },
};

export const policyNames = [obligatory, ...Object.keys(known)];

/** A comma-separated list, such as `log-out-after-activation, obligatory-from=2027-01-01` (midnight UTC). */
export function readPolicies(list: string): Policies {
  const policies: Policies = { ...none };
  for (const name of list.split(',').map((part) => part.trim())) {
    const date = /^obligatory-from=(\d{4}-\d{2}-\d{2})$/.exec(name)?.[1];
    if (date && !Number.isNaN(Date.parse(date))) policies.obligatoryFrom = Date.parse(date);
    else if (Object.hasOwn(known, name)) Object.assign(policies, known[name]);
    else if (name !== '') throw new Error(`POLICIES: '${name}' is not known; ${policyNames.join(', ')} are.`);
  }
  return policies;
}

/** The policies as they are in force at a moment. */
export const policyAt = (policies: Policies, now: number): Policy => ({
  ...policies,
  obligatory: policies.obligatoryFrom !== null && now >= policies.obligatoryFrom,
});
