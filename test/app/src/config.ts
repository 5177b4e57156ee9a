// What the environment decides. A wrong setting stops the start, with its name.
import assert from 'node:assert/strict';

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
export type Config = ReturnType<typeof readConfig>;

export function readConfig(env: Environment) {
  const { HOST: host = 'localhost', PORT = 3000, ISSUER: issuer = 'Otpure Demo' } = env;
  const port = Number(PORT);
  assert(Number.isInteger(port) && port > 0 && port < 65536, 'PORT must be 1 to 65535.');
  const publicUrl = env.PUBLIC_URL ?? `http://${host}:${port}`;
  assert(URL.canParse(publicUrl), `PUBLIC_URL and HOST must make a URL, not '${publicUrl}'.`);
  const origin = new URL(publicUrl);
  const isHere = origin.protocol === 'http:' && ['localhost', '127.0.0.1'].includes(origin.hostname);
  const inTheClear = 'PUBLIC_URL must be https: passwords and codes would travel in the clear.';
  assert(origin.protocol === 'https:' || isHere, inTheClear);
  const noColon = 'ISSUER must be a name without a colon: apps take what is before one for the name.';
  assert(/^[^:\p{Cc}]*[^:\p{Cc}\s][^:\p{Cc}]*$/u.test(issuer), noColon);
  const appKey = Buffer.from(env.APP_KEY ?? '', 'base64');
  assert(appKey.length === 32, 'APP_KEY must be 32 random bytes in Base64: `openssl rand -base64 32`.');
  const contact = readAddress(env, 'CONTACT');
  const smtp = env.SMTP_URL || null;
  const isSmtp = smtp === null || (/^smtps?:/.test(smtp) && URL.canParse(smtp));
  assert(isSmtp, 'SMTP_URL must be a URL such as smtps://name:password@mail.example.com.');
  assert(!smtp || contact, 'CONTACT must be set beside SMTP_URL: mail is sent from that address.');
  return {
    host,
    port,
    /** How browsers reach the site; https makes cookies `Secure` and `__Host-`. */
    origin,
    appKey,
    database: env.DATABASE_URL ? { url: env.DATABASE_URL } : { folder: env.DATA_DIR ?? 'data' },
    policies: readPolicies(env.POLICIES ?? ''),
    /** The name that authenticator apps show. */
    issuer,
    /** The address of the account that is made an administrator at the start. */
    admin: readAddress(env, 'ADMIN'),
    /** The e-mail address of those who help people that can't log in. */
    contact,
    /** The server that mail is sent by. `null`: mail is only written down. */
    smtp,
    /** Shows the mail log to everyone: for the demo and nothing else. */
    demo: env.DEMO === 'true',
  };
}

function readAddress(env: Environment, name: string): string | null {
  const email = readEmail(env[name] ?? '');
  assert(!env[name] || email, `${name} must be an e-mail address.`);
  return email;
}

/**
 * `null`: no address. No colon, which separates site and account in the URI behind the QR code; and nothing that
 * can't be seen, or two accounts would look alike. No sign that makes two addresses of one, in a mail's head.
 */
export function readEmail(typed: string): string | null {
  // NFC: an accent can be a sign of its own or part of its letter, and both look alike.
  const email = typed.trim().toLowerCase().normalize('NFC');
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
    const day = /^obligatory-from=(\d{4}-\d{2}-\d{2})$/.exec(name)?.[1];
    if (day) policies.obligatoryFrom = readDay(day);
    else if (Object.hasOwn(known, name)) Object.assign(policies, known[name]);
    else if (name !== '') throw new Error(`POLICIES: '${name}' is not known; ${policyNames.join(', ')} are.`);
  }
  return policies;
}

function readDay(day: string): number {
  const start = Date.parse(day);
  // Date.parse takes the 31st of February for the 3rd of March.
  const exists = start && new Date(start).toISOString().startsWith(day);
  assert(exists, `POLICIES: obligatory-from must be a day of the calendar, not ${day}.`);
  return start;
}

export type Policy = ReturnType<typeof policyAt>;

/** The policies as they are at a moment. */
export const policyAt = (policies: Policies, now: number) => ({
  ...policies,
  /** Nobody finishes a login without two-factor login, and nobody switches it off. */
  obligatory: policies.obligatoryFrom !== null && now >= policies.obligatoryFrom,
});
