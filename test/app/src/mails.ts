// Mail: what the owner of an account is told, whoever acted, and how it is sent.
import { createTransport } from 'nodemailer';
import pRetry from 'p-retry';
import type { Config } from './config.js';
import type { Store, User } from './database.js';
import type { Language } from './texts.js';

/** Where to change the password, whom to ask, and a link that makes a browser known. */
type Facts = Record<'password' | 'contact' | 'link', string>;
export type Kind = keyof ReturnType<typeof en>['letters'];

/** A letter a line: its subject, what happened, what to do. */
function en({ password, contact, link }: Facts) {
  const notYou = `Was this not you? Then change your password at once, at ${password}, and tell ${contact}.`;
  const notAsked = `Did you not ask for this? Then tell ${contact} at once.`;
  const change = `change your password at ${password}, and don’t use the old one anywhere.`;
  return {
    frame: { hello: 'Hello', when: 'When', browser: 'Browser' },
    letters: {
      registered: `An account was made for this address\nYou can log in now.\n${notAsked}`,
      taken: `You have an account already\nSomeone, perhaps you, tried to make an account with this address. Nothing has changed.\nLog in with the password of the account you have. If this wasn’t you, there is nothing to do.`,
      guessed: `Wrong passwords for your account\nSomeone typed many wrong passwords for your account. Some browsers may have to wait before they can log in.\nDoes this keep you out? Open ${link} within an hour, in the browser that you want to log in with. If you are in, there is nothing to do, unless it was in a browser where you are logged in: then ${change}`,
      codesGuessed: `Wrong codes for your account\nSomeone entered your password and then several wrong codes.\nIf you mistyped them, there is nothing to do. If not, someone knows your password: ${change}`,
      locked: `Your account is locked\nSomeone who knows your password typed too many wrong codes. Codes are refused now, your own too.\nAsk ${contact} to unlock the account; two-factor login stays on. Then ${change}`,
      unlocked: `Your account is unlocked\nAn administrator unlocked it. Two-factor login stays on, with the same app and backup codes.\nSomeone may know your password: ${change} ${notAsked}`,
      failures: `Several attempts to log in to your account failed\nThen you logged in.\nIf you mistyped something, there is nothing to do. ${notYou}`,
      activated: `You switched on two-factor login\nLogging in takes your password and a code from now on.\n${notYou}`,
      moved: `You moved two-factor login to a new phone\nCodes of the old one don’t work any more.\n${notYou}`,
      off: `You switched off two-factor login\nLogging in takes only your password now.\n${notYou}`,
      adminOff: `An administrator switched off your two-factor login\nLogging in takes only your password now.\nLog in and set it up again. ${notAsked}`,
      backupUsed: `You logged in with a backup code\nIt is used up now.\n${notYou}`,
      backupDisabled: `Two-factor login is off\nYou logged in with a backup code, which switches it off here.\nSet it up again. ${notYou}`,
      renewed: `You made new backup codes\nThe old ones don’t work any more, and every browser asks for a code again.\n${notYou}`,
      passwordChanged: `You changed your password\nYou are logged out everywhere else.\n${notYou}`,
    },
  };
}

const nl: typeof en = ({ password, contact, link }) => {
  const notYou = `Was jij dit niet? Wijzig dan meteen je wachtwoord, op ${password}, en laat het ${contact} weten.`;
  const notAsked = `Heb je hier niet om gevraagd? Laat het dan meteen aan ${contact} weten.`;
  const change = `wijzig je wachtwoord op ${password}, en gebruik het oude nergens meer.`;
  return {
    frame: { hello: 'Hallo', when: 'Wanneer', browser: 'Browser' },
    letters: {
      registered: `Er is een account gemaakt voor dit adres\nJe kunt nu inloggen.\n${notAsked}`,
      taken: `Je hebt al een account\nIemand, misschien jijzelf, probeerde een account te maken met dit adres. Er is niets veranderd.\nLog in met het wachtwoord van het account dat je hebt. Was jij dit niet? Dan hoef je niets te doen.`,
      guessed: `Verkeerde wachtwoorden voor je account\nIemand typte vaak een verkeerd wachtwoord voor je account. Sommige browsers moeten misschien wachten voor ze kunnen inloggen.\nKun je daardoor niet inloggen? Open ${link} binnen een uur, in de browser waarmee je wilt inloggen. Ben je ingelogd, dan hoef je niets te doen, tenzij het in een browser was waar je bent ingelogd: ${change}`,
      codesGuessed: `Verkeerde codes voor je account\nIemand gaf je wachtwoord en daarna enkele verkeerde codes.\nHeb je je vertypt, dan hoef je niets te doen. Zo niet, dan kent iemand je wachtwoord: ${change}`,
      locked: `Je account is geblokkeerd\nIemand die je wachtwoord kent typte te vaak een verkeerde code. Codes worden nu geweigerd, ook die van jou.\nVraag ${contact} om je account vrij te geven; tweestapsverificatie blijft aan. Daarna: ${change}`,
      unlocked: `Je account is weer vrij\nEen beheerder heeft het vrijgegeven. Tweestapsverificatie blijft aan, met dezelfde app en back-upcodes.\nMisschien kent iemand je wachtwoord: ${change} ${notAsked}`,
      failures: `Enkele pogingen om op je account in te loggen mislukten\nDaarna ben je ingelogd.\nHeb je je vertypt, dan hoef je niets te doen. ${notYou}`,
      activated: `Je hebt tweestapsverificatie aangezet\nVoortaan log je in met je wachtwoord en een code.\n${notYou}`,
      moved: `Je hebt tweestapsverificatie op een nieuwe telefoon gezet\nDe codes van de oude werken niet meer.\n${notYou}`,
      off: `Je hebt tweestapsverificatie uitgezet\nJe logt nu in met alleen je wachtwoord.\n${notYou}`,
      adminOff: `Een beheerder heeft je tweestapsverificatie uitgezet\nJe logt nu in met alleen je wachtwoord.\nLog in en stel het opnieuw in. ${notAsked}`,
      backupUsed: `Je hebt ingelogd met een back-upcode\nDie is nu verbruikt.\n${notYou}`,
      backupDisabled: `Tweestapsverificatie staat uit\nJe hebt ingelogd met een back-upcode, en daarmee gaat het hier uit.\nStel het opnieuw in. ${notYou}`,
      renewed: `Je hebt nieuwe back-upcodes gemaakt\nDe oude werken niet meer, en elke browser vraagt weer om een code.\n${notYou}`,
      passwordChanged: `Je hebt je wachtwoord gewijzigd\nOveral elders ben je uitgelogd.\n${notYou}`,
    },
  };
};

const programs = ['Edg', 'OPR', 'Firefox', 'Chrome', 'Safari'];
const systems = ['Android', 'iPhone', 'iPad', 'Windows', 'Mac', 'Linux'];
const names: Record<string, string> = { Edg: 'Edge', OPR: 'Opera', Mac: 'macOS' };

/** In words of our own: what a browser says of itself is not repeated. */
export function browserOf(agent = ''): string | null {
  const found = [programs, systems].flatMap((marks) => marks.find((mark) => agent.includes(mark)) ?? []);
  return found.map((mark) => names[mark] ?? mark).join(', ') || null;
}

/** What anybody can cause, again and again. The rest takes a log-in or an administrator in between. */
const byAnyone: Kind[] = ['registered', 'taken', 'guessed', 'codesGuessed'];

const time = { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' } as const;

export function createMailer(config: Config, store: Store, now: () => number, retryAfter = 15_000) {
  const { issuer, contact, smtp, origin } = config;
  const from = { name: issuer, address: contact ?? '' };
  const transport = smtp === null ? null : createTransport(smtp, { from });

  /** Six times: again after 15 seconds, a minute, four … */
  const again = { retries: 5, factor: 4, minTimeout: retryAfter, unref: true };

  /** In the language of the one who gets it. Of one kind one an hour, or a few: nobody's mailbox is flooded. */
  return async (to: User, kind: Kind, browser: string | null, link = '') => {
    const language = to.language as Language;
    const password = `${origin.origin}/security/password`;
    const somebody = { en: 'an administrator', nl: 'een beheerder' }[language];
    const { frame, letters } = { en, nl }[language]({ password, contact: contact ?? somebody, link });
    const [subject = '', what, advice] = letters[kind].split('\n');
    const when = new Date(now()).toLocaleString(`${language}-GB`, time);
    const facts = `${frame.when}: ${when} UTC${browser ? `\n${frame.browser}: ${browser}` : ''}`;
    const parts = [`${frame.hello},`, `${subject}. ${what}`, facts, advice, origin.origin];
    const text = parts.join('\n\n');
    for (let slot = byAnyone.includes(kind) ? 3 : 1; slot <= 3; slot++) {
      if (!(await store.addMail(to.email, `${kind} ${slot}`, subject, transport ? '' : text))) continue;
      const mail = { to: { name: '', address: to.email }, subject: `${issuer}: ${subject}`, text };
      // No request waits for it.
      pRetry(async () => transport?.sendMail(mail), again).catch((error) =>
        console.error(`A mail was not sent: ${error.code}`),
      );
      return;
    }
  };
}
