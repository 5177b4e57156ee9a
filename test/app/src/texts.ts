// What the site says, in each of its languages. The compiler holds the two to the same keys.
export type Texts = typeof en;
export type Language = keyof typeof languages;

const letter = (subject: string, body: string) => ({ subject, body });

const en = {
  language: 'Language',
  home: 'Home',
  security: 'Security',
  administration: 'Administration',
  mailLog: 'Mail log',
  logOut: 'Log out',
  skip: 'Skip to content',
  errorPrefix: 'Error',
  continue: 'Continue',
  cancel: 'Cancel',
  back: 'Back to security',

  email: 'E-mail address',
  password: 'Password',
  passwordHint: 'At least 10 characters.',
  passwordAgain: 'Your password, to confirm it is you',
  logIn: 'Log in',
  loginFailed: 'E-mail address or password is not right.',
  passwordWrong: 'The password is not right.',
  noAccount: 'No account yet?',
  createAccount: 'Create an account',
  haveAccount: 'Have an account?',
  emailInvalid: 'Enter an e-mail address, such as name@example.com.',
  passwordShort: 'Choose a password of 10 to 200 characters.',

  tryAgain: (seconds: number) =>
    `Too many tries. Try again in ${duration(seconds, ['second', 'seconds'], 'minutes')}.`,
  codeLocked: 'Too many tries. Ask an administrator to help you log in.',

  codeTitle: 'Two-factor login',
  codeIntro: 'Open your authenticator app and type the code it shows for this site.',
  code: 'Code from your app',
  codeHint: '6 digits',
  codeWrong: 'That code was not accepted. Wait for the next code in your app and try that one.',
  useBackupCode: 'Use a backup code instead',
  backupTitle: 'Log in with a backup code',
  backupIntro: 'Type one of the backup codes you stored when you set up two-factor login. Each works once.',
  backupDisables: 'This switches two-factor login off. You set it up again afterwards.',
  backupCode: 'Backup code',
  backupHint: 'Capitals, spaces and dashes do not matter.',
  backupWrong: 'That code was not accepted.',
  useApp: 'Use the app instead',

  welcome: (email: string) => `You are logged in as ${email}`,
  homeText: 'There is nothing else on this site: it is here to show two-factor login.',
  failures: (count: number) =>
    `Since you last logged in, ${count === 1 ? '1 attempt' : `${count} attempts`} to log in to your account failed.`,
  reminder: (date: string) => `From ${date} you need two-factor login to log in here.`,
  reminderLink: 'Set it up now',

  status: 'Two-factor login',
  isOn: 'On',
  isOff: 'Off',
  onText: 'Logging in takes your password and a code from your phone.',
  offText: 'Logging in takes your password only. With two-factor login, a stolen password is not enough.',
  enable: 'Set up two-factor login',
  disable: 'Switch two-factor login off',
  disableText: 'Logging in will take your password only. Your backup codes stop working.',
  newPhone: 'A new phone? Switch two-factor login off, then set it up again.',
  obligatory: 'Two-factor login is obligatory here and cannot be switched off.',
  backupCodes: 'Backup codes',
  codesLeft: (count: number) =>
    count === 1 ? 'You have 1 backup code left.' : `You have ${count} backup codes left.`,
  renewCodes: 'Make new backup codes',
  renewText: 'You get ten new codes. The old ones stop working.',

  enrolTitle: 'Set up two-factor login',
  enrolFirst: 'This site needs two-factor login. Set it up to finish logging in.',
  enrolNeeds: 'You need an authenticator app on your phone, such as Aegis, FreeOTP or Google Authenticator.',
  stepScan: '1. Scan this code with your app',
  qrLabel: 'QR code with your key. The same key is below as text.',
  cannotScan: 'No camera? Type this key into the app',
  account: 'Account',
  kind: 'Kind',
  kindValue: 'time-based (TOTP), 6 digits',
  stepConfirm: '2. Type the code that the app shows',
  confirm: 'Confirm',

  codesTitle: 'Store your backup codes',
  codesIntro:
    'These codes let you log in without your phone. Each works once. They are shown only now: print them, or keep them in a password manager.',
  codesList: 'Your backup codes',
  copy: 'Copy',
  copied: 'Copied',
  download: 'Download as a text file',
  codesStored: 'I have stored my backup codes',
  codesNotStored: 'Tick the box once you have stored them. These are new codes; the ones before are void.',
  activate: 'Switch two-factor login on',
  codesShown: 'Your backup codes were shown once and cannot be shown again.',
  showNewCodes: 'Show me new codes',
  codesFile: (site: string, email: string) => `Backup codes for ${email} at ${site}. Each works once.`,
  done: 'Done',

  users: 'Users',
  twoFactorOf: (email: string) => `Two-factor login of ${email}`,
  adminDisable: 'Switch off for this user',
  adminText: 'For a lost phone: the user can then log in with the password and set it up anew.',

  mailTo: 'To',
  mailEmpty: 'No mail has been sent.',
  mailDemo: 'In this demo mail is not sent, but kept here for everyone to see.',

  notice: {
    registered: 'Look at your mail to see whether the account was made, then log in.',
    'log-in-again': 'Two-factor login is on. Log in with your password and a code.',
    activated: 'Two-factor login is on.',
    'already-active': 'Two-factor login was switched on already, in another window or on another device.',
    'switched-off': 'Two-factor login is off.',
    'backup-used': 'You logged in with a backup code, which is used up now.',
    'backup-disabled': 'You logged in with a backup code. Two-factor login is off now: set it up again.',
    'logged-out': 'You are logged out.',
  },

  mail: {
    registered: letter('Your account', 'An account was made for this address. You can log in now.'),
    taken: letter(
      'Your account',
      'Someone tried to make an account with this address. You have one already.',
    ),
    activated: letter('Two-factor login is on', 'Two-factor login was switched on for your account.'),
    off: letter('Two-factor login is off', 'Two-factor login was switched off for your account.'),
    adminOff: letter(
      'Two-factor login is off',
      'An administrator switched off two-factor login for your account. Log in and set it up again.',
    ),
    failures: letter(
      'Failed attempts to log in',
      'You have logged in, and before that several attempts to log in to your account had failed.',
    ),
    backupUsed: letter('A backup code was used', 'Someone logged in to your account with a backup code.'),
    renewed: letter(
      'New backup codes',
      'New backup codes were made for your account. The old ones are void.',
    ),
    notYou: 'If this was not you, change your password and tell us at once.',
  },

  forbidden: 'You may not do that.',
  formExpired: 'This form has expired. Go back, load the page again and try once more.',
  notFound: 'This page does not exist.',
  busy: 'The site is busy. Try again in a moment.',
  failed: 'Something went wrong on our side. Try again later.',
};

const nl: Texts = {
  language: 'Taal',
  home: 'Start',
  security: 'Beveiliging',
  administration: 'Beheer',
  mailLog: 'Verzonden mail',
  logOut: 'Uitloggen',
  skip: 'Naar de inhoud',
  errorPrefix: 'Fout',
  continue: 'Verder',
  cancel: 'Annuleren',
  back: 'Terug naar beveiliging',

  email: 'E-mailadres',
  password: 'Wachtwoord',
  passwordHint: 'Minstens 10 tekens.',
  passwordAgain: 'Je wachtwoord, om te bevestigen dat jij het bent',
  logIn: 'Inloggen',
  loginFailed: 'E-mailadres of wachtwoord klopt niet.',
  passwordWrong: 'Het wachtwoord klopt niet.',
  noAccount: 'Nog geen account?',
  createAccount: 'Account aanmaken',
  haveAccount: 'Heb je al een account?',
  emailInvalid: 'Vul een e-mailadres in, zoals naam@example.com.',
  passwordShort: 'Kies een wachtwoord van 10 tot 200 tekens.',

  tryAgain: (seconds: number) =>
    `Te veel pogingen. Probeer het opnieuw over ${duration(seconds, ['seconde', 'seconden'], 'minuten')}.`,
  codeLocked: 'Te veel pogingen. Vraag een beheerder om je te helpen inloggen.',

  codeTitle: 'Inloggen in twee stappen',
  codeIntro: 'Open je authenticator-app en typ de code die de app voor deze site toont.',
  code: 'Code uit je app',
  codeHint: '6 cijfers',
  codeWrong: 'Die code is niet geaccepteerd. Wacht op de volgende code in je app en probeer die.',
  useBackupCode: 'Gebruik een back-upcode',
  backupTitle: 'Inloggen met een back-upcode',
  backupIntro: 'Typ een van de back-upcodes die je bij het instellen hebt bewaard. Elke code werkt één keer.',
  backupDisables: 'Dit zet inloggen in twee stappen uit. Daarna stel je het opnieuw in.',
  backupCode: 'Back-upcode',
  backupHint: 'Hoofdletters, spaties en streepjes maken niet uit.',
  backupWrong: 'Die code is niet geaccepteerd.',
  useApp: 'Gebruik de app',

  welcome: (email: string) => `Je bent ingelogd als ${email}`,
  homeText: 'Verder staat er niets op deze site: zij laat inloggen in twee stappen zien.',
  failures: (count: number) =>
    `Sinds je vorige keer inloggen ${count === 1 ? 'mislukte 1 poging' : `mislukten ${count} pogingen`} om op je account in te loggen.`,
  reminder: (date: string) => `Vanaf ${date} kun je hier alleen nog in twee stappen inloggen.`,
  reminderLink: 'Stel het nu in',

  status: 'Inloggen in twee stappen',
  isOn: 'Aan',
  isOff: 'Uit',
  onText: 'Inloggen gaat met je wachtwoord en een code van je telefoon.',
  offText: 'Inloggen gaat met alleen je wachtwoord. In twee stappen is een gestolen wachtwoord niet genoeg.',
  enable: 'Inloggen in twee stappen instellen',
  disable: 'Inloggen in twee stappen uitzetten',
  disableText: 'Inloggen gaat dan met alleen je wachtwoord. Je back-upcodes werken niet meer.',
  newPhone: 'Nieuwe telefoon? Zet inloggen in twee stappen uit en stel het opnieuw in.',
  obligatory: 'Inloggen in twee stappen is hier verplicht en kan niet uit.',
  backupCodes: 'Back-upcodes',
  codesLeft: (count: number) =>
    count === 1 ? 'Je hebt nog 1 back-upcode.' : `Je hebt nog ${count} back-upcodes.`,
  renewCodes: 'Nieuwe back-upcodes maken',
  renewText: 'Je krijgt tien nieuwe codes. De oude werken niet meer.',

  enrolTitle: 'Inloggen in twee stappen instellen',
  enrolFirst: 'Deze site vraagt om inloggen in twee stappen. Stel het in om verder te gaan.',
  enrolNeeds:
    'Je hebt een authenticator-app op je telefoon nodig, zoals Aegis, FreeOTP of Google Authenticator.',
  stepScan: '1. Scan deze code met je app',
  qrLabel: 'QR-code met je sleutel. Dezelfde sleutel staat hieronder als tekst.',
  cannotScan: 'Geen camera? Typ deze sleutel in de app',
  account: 'Account',
  kind: 'Soort',
  kindValue: 'op tijd gebaseerd (TOTP), 6 cijfers',
  stepConfirm: '2. Typ de code die de app toont',
  confirm: 'Bevestigen',

  codesTitle: 'Bewaar je back-upcodes',
  codesIntro:
    'Met deze codes log je in zonder je telefoon. Elke code werkt één keer. Ze worden alleen nu getoond: druk ze af of bewaar ze in een wachtwoordkluis.',
  codesList: 'Je back-upcodes',
  copy: 'Kopiëren',
  copied: 'Gekopieerd',
  download: 'Downloaden als tekstbestand',
  codesStored: 'Ik heb mijn back-upcodes bewaard',
  codesNotStored:
    'Vink het vakje aan als je ze hebt bewaard. Dit zijn nieuwe codes; de vorige zijn vervallen.',
  activate: 'Inloggen in twee stappen aanzetten',
  codesShown: 'Je back-upcodes zijn één keer getoond en kunnen niet nog eens getoond worden.',
  showNewCodes: 'Toon nieuwe codes',
  codesFile: (site: string, email: string) =>
    `Back-upcodes voor ${email} bij ${site}. Elke code werkt één keer.`,
  done: 'Klaar',

  users: 'Gebruikers',
  twoFactorOf: (email: string) => `Inloggen in twee stappen van ${email}`,
  adminDisable: 'Uitzetten voor deze gebruiker',
  adminText: 'Bij een verloren telefoon: de gebruiker logt in met het wachtwoord en stelt het opnieuw in.',

  mailTo: 'Aan',
  mailEmpty: 'Er is nog geen mail verzonden.',
  mailDemo: 'In deze demo wordt mail niet verzonden, maar hier bewaard, voor iedereen te zien.',

  notice: {
    registered: 'Kijk in je mail of het account is aangemaakt, en log dan in.',
    'log-in-again': 'Inloggen in twee stappen staat aan. Log in met je wachtwoord en een code.',
    activated: 'Inloggen in twee stappen staat aan.',
    'already-active':
      'Inloggen in twee stappen was al aangezet, in een ander venster of op een ander apparaat.',
    'switched-off': 'Inloggen in twee stappen staat uit.',
    'backup-used': 'Je hebt ingelogd met een back-upcode. Die is nu verbruikt.',
    'backup-disabled':
      'Je hebt ingelogd met een back-upcode. Inloggen in twee stappen staat nu uit: stel het opnieuw in.',
    'logged-out': 'Je bent uitgelogd.',
  },

  mail: {
    registered: letter('Je account', 'Er is een account gemaakt voor dit adres. Je kunt nu inloggen.'),
    taken: letter('Je account', 'Iemand probeerde een account te maken met dit adres. Je hebt er al een.'),
    activated: letter(
      'Inloggen in twee stappen staat aan',
      'Inloggen in twee stappen is aangezet voor je account.',
    ),
    off: letter(
      'Inloggen in twee stappen staat uit',
      'Inloggen in twee stappen is uitgezet voor je account.',
    ),
    adminOff: letter(
      'Inloggen in twee stappen staat uit',
      'Een beheerder heeft inloggen in twee stappen uitgezet voor je account. Log in en stel het opnieuw in.',
    ),
    failures: letter(
      'Mislukte pogingen om in te loggen',
      'Je bent ingelogd, en daarvoor waren meerdere pogingen om op je account in te loggen mislukt.',
    ),
    backupUsed: letter('Een back-upcode is gebruikt', 'Iemand logde in op je account met een back-upcode.'),
    renewed: letter(
      'Nieuwe back-upcodes',
      'Er zijn nieuwe back-upcodes gemaakt voor je account. De oude zijn vervallen.',
    ),
    notYou: 'Was jij dit niet? Wijzig dan je wachtwoord en laat het ons meteen weten.',
  },

  forbidden: 'Dat mag je niet.',
  formExpired: 'Dit formulier is verlopen. Ga terug, laad de pagina opnieuw en probeer het nog eens.',
  notFound: 'Deze pagina bestaat niet.',
  busy: 'Het is druk op de site. Probeer het zo nog eens.',
  failed: 'Er ging bij ons iets mis. Probeer het later nog eens.',
};

export const languages = { en, nl };

function duration(seconds: number, [one, many]: [string, string], minutes: string): string {
  if (seconds >= 120) return `${Math.ceil(seconds / 60)} ${minutes}`;
  return `${seconds} ${seconds === 1 ? one : many}`;
}
