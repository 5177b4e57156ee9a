// What the environment decides. A wrong setting stops the start, with its name.
import assert from 'node:assert/strict';
import { domainToASCII } from 'node:url';

export type Config = ReturnType<typeof readConfig>;

export function readConfig(env: NodeJS.ProcessEnv) {
  const { HOST: host = 'localhost', PORT = '3000', ISSUER: issuer = 'Otpure Demo' } = env;
  const port = Number(PORT);
  assert(/^\d+$/.test(PORT) && port > 0 && port < 65536, 'PORT must be 1 to 65535.');
  const publicUrl = env.PUBLIC_URL ?? `http://${host}:${port}`;
  assert(URL.canParse(publicUrl), `PUBLIC_URL and HOST must make a URL, not '${publicUrl}'.`);
  const origin = new URL(publicUrl);
  const isHere =
    origin.protocol === 'http:' &&
    [origin.hostname, host].every((name) => /^(localhost|127\.0\.0\.1)$/.test(name));
  const inTheClear = 'PUBLIC_URL must be https: passwords and codes would travel in the clear.';
  assert(origin.protocol === 'https:' || isHere, inTheClear);
  const noName = 'ISSUER must be a short name without a colon: apps take what is before one for the name.';
  const fits = encodeURIComponent(issuer).length <= 200;
  assert(fits && /^[^:\p{Cc}]*[^:\p{Cc}\s][^:\p{Cc}]*$/u.test(issuer), noName);
  const appKey = Buffer.from(env.APP_KEY ?? '', 'base64');
  assert(appKey.length === 32, 'APP_KEY must be 32 random bytes in Base64: `openssl rand -base64 32`.');
  const [contact = null, admin = null] = ['CONTACT', 'ADMIN'].map((name) => {
    const email = readEmail(env[name] ?? '');
    assert(!env[name] || email, `${name} must be an e-mail address.`);
    return email;
  });
  const smtp = env.SMTP_URL || null;
  const isSmtp = smtp === null || (/^smtps?:\/\/./.test(smtp) && URL.canParse(smtp));
  assert(isSmtp, 'SMTP_URL must be a URL such as smtps://name:password@mail.example.com.');
  assert(!smtp || contact, 'CONTACT must be set beside SMTP_URL: mail is sent from that address.');
  assert(/^(true|false)?$/.test(env.DEMO ?? ''), 'DEMO must be true or false.');
  return {
    host,
    port,
    /** How browsers reach the site; https makes cookies `Secure` and `__Host-`. */
    origin,
    appKey,
    database: env.DATABASE_URL ? { url: env.DATABASE_URL } : { folder: env.DATA_DIR || 'data' },
    policies: readPolicies(env.POLICIES ?? '').policies,
    /** The name that authenticator apps show. */
    issuer,
    /** The address of the account that is made an administrator at the start. */
    admin,
    /** The e-mail address of those who help people that can't log in. */
    contact,
    /** The server that mail is sent by. `null`: mail is only written down. */
    smtp,
    /** Shows the mail log to everyone: for the demo and nothing else. */
    demo: env.DEMO === 'true',
  };
}

/**
 * `null`: no address. No colon, which separates site and account in the URI behind the QR code; and nothing that
 * can't be seen, or two accounts would look alike. No sign that makes two addresses of one, in a mail's head.
 */
export function readEmail(typed: string): string | null {
  const { source: part } = /[^\s:@,;<>()[\]"\\\p{C}\p{Default_Ignorable_Code_Point}\u2800]+/u;
  // No dot too many, and no =? with which mails write other letters. Short, for a QR code.
  const address = new RegExp(`^(?!.*(=\\?|\\.\\.|@\\.|\\.$))${part}@${part}$`, 'u');
  const isEmail = (text: string) => address.test(text) && encodeURIComponent(text).length <= 254;
  // NFC: an accent can be a sign of its own or part of its letter, and both look alike. It takes long for long texts.
  const email = typed.length > 500 ? '' : typed.trim().toLowerCase().normalize('NFC');
  if (!isEmail(email)) return null;
  const [name, domain = ''] = email.split('@');
  // As mail servers read it, for whom example。com is example.com; and %2c, a comma.
  const read = `${name}@${domainToASCII(domain)}`;
  return isEmail(read) ? read : null;
}

/** A comma-separated list, such as `log-out-after-activation, obligatory-from=2027-01-01` (midnight UTC). */
export function readPolicies(list: string) {
  const given = new Set(list.split(/[\s,]+/).filter(Boolean));
  const known = ['obligatory-from=YYYY-MM-DD'];
  const has = (name: string) => {
    known.push(name);
    return given.delete(name);
  };
  const [from = '', day] = list.match(/obligatory-from=([^\s,]*)/) ?? [];
  const start = given.delete(from) ? Date.parse(`${day}T00:00Z`) : null;
  // Date.parse takes the 31st of February for the 3rd of March.
  const exists = start === null || (start >= 0 && new Date(start).toISOString().startsWith(`${day}T`));
  assert(exists, `POLICIES: obligatory-from must be a day of the calendar, as YYYY-MM-DD, not ${day}.`);
  const isLast = has('backup-code-disables');
  const backupCodes: 'on' | 'disable' | 'off' = has('backup-codes-off') ? 'off' : isLast ? 'disable' : 'on';
  const policies = {
    /** The first login of a new account finishes only with two-factor login set up. */
    enrolAtFirstLogin: has('enrol-at-first-login'),
    enrolAfterRegistration: has('enrol-after-registration'),
    logOutAfterActivation: has('log-out-after-activation'),
    /** `disable`: a login with a backup code switches two-factor login off. */
    backupCodes,
    backupCodeCount: has('backup-codes=1') ? 1 : 10,
    backupCodeAlphabet: has('backup-codes=digits') ? ('digits' as const) : ('base32' as const),
    /** Shows the backup codes once two-factor login is on, and asks for no tick. */
    backupCodesAfterActivation: has('backup-codes-after-activation'),
    /** Offers to ask for no code in a browser for some weeks. */
    trustedDevices: !has('trusted-devices-off'),
    /** Unix milliseconds. */
    obligatoryFrom: start,
  };
  assert(given.size === 0, `POLICIES: '${[...given]}' is not known; ${known.join(', ')} are.`);
  return { policies, known };
}

export type Policy = ReturnType<typeof policyAt>;

/** The policies as they are at a moment. */
export const policyAt = (policies: Config['policies'], now: number) => ({
  ...policies,
  /** Nobody finishes a login without two-factor login, and nobody switches it off. */
  obligatory: policies.obligatoryFrom !== null && now >= policies.obligatoryFrom,
});
