// What the site says, in each of its languages. The compiler holds the two to the same keys.
export type Texts = typeof en;
export type Language = keyof typeof languages;

const en = {
  name: 'English',
  language: 'Language',
  menu: 'Menu',
  home: 'Home',
  security: 'Security',
  administration: 'Administration',
  mailLog: 'Mail log',
  logOut: 'Log out',
  skip: 'Skip to content',
  errorPrefix: 'Error',
  continue: 'Continue',
  cancel: 'Cancel',
  back: 'Back',
  copy: 'Copy',
  copied: 'Copied',

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
  lostPassword: 'Forgotten your password? Ask an administrator of this site',
  lostPhone: 'Lost your phone? Ask an administrator of this site',
  lostBoth: 'Lost your phone and your backup codes? Ask an administrator of this site',

  tryAgain: (seconds: number) =>
    `Too many tries. Try again in ${duration(seconds, ['second', 'seconds'], 'minutes')}.`,
  codeLocked: 'Too many wrong codes',
  askToUnlock: 'Your account is locked. Ask an administrator of this site to let you in again',

  codeTitle: 'Two-factor login',
  codeIntro: 'Open your authenticator app and type the code it shows for this site.',
  code: 'Code from your app',
  codeHint: '6 digits',
  codeTypo: 'A code has 6 digits: check what you typed. This was not counted as a try.',
  codeWrong: 'That code was not accepted. Wait for the next code in your app and try that one.',
  useBackupCode: 'Use a backup code instead',
  backupTitle: 'Log in with a backup code',
  backupIntro: 'Type one of the backup codes you stored when you set up two-factor login.',
  backupDisables:
    'This switches two-factor login off and makes all your backup codes void. You set it up again afterwards.',
  backupCode: 'Backup code',
  backupHint: 'Capitals, spaces and dashes do not matter.',
  backupTypo: 'No backup code has this length: check what you typed. This was not counted as a try.',
  backupWrong: 'That code was not accepted.',
  useApp: 'Use the app instead',

  browserTitle: 'Make this browser known',
  browserText:
    'Wrong passwords that others type for your account then no longer keep you out of this browser. You still log in with your password.',

  welcome: (email: string) => `You are logged in as ${email}`,
  homeText: 'There is nothing else on this site: it is here to show two-factor login.',
  failures: (count: number) =>
    `Since you last logged in, ${count === 1 ? '1 attempt' : `${count} attempts`} to log in to your account failed.`,
  reminder: (date: string) => `From ${date} you need two-factor login to log in here.`,
  reminderLink: 'Set it up now',

  status: 'Two-factor login',
  isOn: 'On',
  isOff: 'Off',
  onText: 'Logging in takes your password and a code from your app.',
  offText: 'Logging in takes your password only. With two-factor login, a stolen password is not enough.',
  enable: 'Set up two-factor login',
  disable: 'Switch two-factor login off',
  disableText: 'Logging in will take your password only. Your backup codes stop working.',
  newPhone: 'A new phone? Switch two-factor login off, then set it up again.',
  newPhoneObligatory:
    'A new phone? Move the account in your app: most apps can. If yours cannot, an administrator switches two-factor login off for you, and you set it up on the new phone when you next log in. Ask an administrator of this site',
  newPhoneBackup: 'Or log in with a backup code: you then set it up on the new phone at once.',
  obligatory: 'Two-factor login is obligatory here and cannot be switched off.',
  backupCodes: 'Backup codes',
  codesLeft: (count: number) =>
    count === 1 ? 'You have 1 backup code left.' : `You have ${count} backup codes left.`,
  noCodesLeft: 'You have no backup codes left. Make new ones, or you cannot log in without your phone.',
  renewCodes: 'Make new backup codes',
  renewText: 'You get ten new codes. The old ones stop working.',
  changePassword: 'Change your password',
  passwordText: 'This logs you out everywhere else.',
  newPassword: 'New password',

  enrolTitle: 'Set up two-factor login',
  enrolFirst: 'This site needs two-factor login. Set it up to finish logging in.',
  enrolNeeds:
    'You need an authenticator app on your phone, such as Microsoft Authenticator, Google Authenticator or Authy. No app on your phone? Password managers such as Bitwarden, 1Password and KeePassXC show such codes on a computer, and so do browser extensions.',
  stepScan: '1. Scan this code with your app',
  qrLabel: 'QR code with your key. The same key is below as text.',
  openApp: 'Open in an app on this phone',
  cannotScan: 'No camera? Type this key into the app',
  copyKey: 'Copy the key',
  account: 'Account',
  kind: 'Kind',
  kindValue: 'time-based (TOTP), 6 digits',
  stepConfirm: '2. Type the code that the app shows',
  confirm: 'Confirm',

  codesTitle: 'Store your backup codes',
  codesIntro:
    'These codes let you log in without your phone. They are shown only now: print them, or keep them in a password manager.',
  codesList: 'Your backup codes',
  codesFile: 'backup-codes',
  codesFor: (site: string, email: string) => `Backup codes for ${email} at ${site}.`,
  worksOnce: 'Each works once.',
  oneVoidsAll:
    'One is enough for one login: it switches two-factor login off, and all of them are void then.',
  print: 'Print',
  download: 'Download as a text file',
  codesStored: 'I have stored my backup codes',
  codesNotStored: 'Tick the box once you have stored them. These are new codes; the ones before are void.',
  activate: 'Switch two-factor login on',
  codesShown: 'Your backup codes were shown once and cannot be shown again.',
  showNewCodes: 'Show me new codes',
  done: 'Done',

  users: 'Users',
  find: 'Find an e-mail address',
  findButton: 'Find',
  noUsers: 'Nobody with this in the e-mail address.',
  previous: 'Previous page',
  next: 'Next page',
  locked: 'Locked',
  lockedText: 'Locked after too many wrong codes. Switching two-factor login off lets the user in again.',
  twoFactorShort: 'Two-factor',
  twoFactorOf: (email: string) => `Two-factor login of ${email}`,
  adminDisable: 'Switch off for this user',
  adminText: 'For a lost phone: the user can then log in with the password and set it up anew.',
  adminNothing: 'It is off: there is nothing to do here.',

  mailTo: 'To',
  mailEmpty: 'No mail has been sent.',
  mailDemo: 'In this demo mail is not sent, but kept here for everyone to see.',

  notice: {
    registered: 'Look at your mail to see whether the account was made, then log in.',
    'log-in-again': 'Two-factor login is on. Log in with your password and a code.',
    activated: 'Two-factor login is on.',
    'already-active': 'Two-factor login is on already: it was switched on before, perhaps in another window.',
    cancelled: 'You cancelled the set-up. Nothing has changed.',
    'no-set-up': 'This set-up was cancelled or took too long. Nothing has changed; you can begin again.',
    'switched-off': 'Two-factor login is off.',
    'backup-used': 'You logged in with a backup code, which is used up now.',
    'backup-disabled': 'You logged in with a backup code. Two-factor login is off now: set it up again.',
    'codes-shown':
      'Your new backup codes were shown once and cannot be shown again. If you did not store them, make new ones.',
    'password-changed': 'Your password is changed. You are logged out everywhere else.',
    'logged-out': 'You are logged out.',
    'browser-known': 'This browser is known now. Log in.',
    'link-void': 'This link has been used or is too old. Wait a little, or ask for help below.',
  },

  forbidden: 'You may not do that.',
  formExpired:
    'This page was too old, and what you typed was not saved. Load the page again and try once more.',
  loadAgain: 'Load the page again',
  alreadyLoggedIn: 'You are logged in already.',
  loggedOutMeanwhile: 'You have been logged out, so this was not done. Log in and try once more.',
  notFound: 'This page does not exist.',
  busy: 'The site is busy. Try again in a moment.',
  failed: 'Something went wrong on our side. Try again later.',
};

const nl: Texts = {
  name: 'Nederlands',
  language: 'Taal',
  menu: 'Menu',
  home: 'Start',
  security: 'Beveiliging',
  administration: 'Beheer',
  mailLog: 'Verzonden mail',
  logOut: 'Uitloggen',
  skip: 'Naar de inhoud',
  errorPrefix: 'Fout',
  continue: 'Verder',
  cancel: 'Annuleren',
  back: 'Terug',
  copy: 'Kopiëren',
  copied: 'Gekopieerd',

  email: 'E-mailadres',
  password: 'Wachtwoord',
  passwordHint: 'Minstens 10 tekens.',
  passwordAgain: 'Je wachtwoord, zodat we weten dat jij het bent',
  logIn: 'Inloggen',
  loginFailed: 'E-mailadres of wachtwoord klopt niet.',
  passwordWrong: 'Het wachtwoord klopt niet.',
  noAccount: 'Nog geen account?',
  createAccount: 'Account aanmaken',
  haveAccount: 'Heb je al een account?',
  emailInvalid: 'Vul een e-mailadres in, zoals naam@example.com.',
  passwordShort: 'Kies een wachtwoord van 10 tot 200 tekens.',
  lostPassword: 'Wachtwoord vergeten? Vraag hulp aan een beheerder van deze site',
  lostPhone: 'Telefoon kwijt? Vraag hulp aan een beheerder van deze site',
  lostBoth: 'Telefoon en back-upcodes kwijt? Vraag hulp aan een beheerder van deze site',

  tryAgain: (seconds: number) =>
    `Te veel pogingen. Probeer het opnieuw over ${duration(seconds, ['seconde', 'seconden'], 'minuten')}.`,
  codeLocked: 'Te vaak een verkeerde code',
  askToUnlock: 'Je account is geblokkeerd. Vraag een beheerder van deze site om je weer binnen te laten',

  codeTitle: 'Tweefactorauthenticatie',
  codeIntro: 'Open je authenticator-app en typ de code die de app voor deze site toont.',
  code: 'Code uit je app',
  codeHint: '6 cijfers',
  codeTypo: 'Een code heeft 6 cijfers: kijk na wat je hebt getypt. Dit telt niet als poging.',
  codeWrong: 'Die code is niet geaccepteerd. Wacht op de volgende code in je app en probeer die.',
  useBackupCode: 'Een back-upcode gebruiken',
  backupTitle: 'Inloggen met een back-upcode',
  backupIntro: 'Typ een van de back-upcodes die je bij het instellen hebt bewaard.',
  backupDisables:
    'Hiermee gaat tweefactorauthenticatie uit en vervallen al je back-upcodes. Daarna stel je alles opnieuw in.',
  backupCode: 'Back-upcode',
  backupHint: 'Hoofdletters, spaties en streepjes maken niet uit.',
  backupTypo: 'Geen back-upcode is zo lang of zo kort: kijk na wat je hebt getypt. Dit telt niet als poging.',
  backupWrong: 'Die code is niet geaccepteerd.',
  useApp: 'De app gebruiken',

  browserTitle: 'Deze browser bekend maken',
  browserText:
    'Verkeerde wachtwoorden die anderen voor je account typen houden je dan in deze browser niet meer tegen. Inloggen doe je nog steeds met je wachtwoord.',

  welcome: (email: string) => `Je bent ingelogd als ${email}`,
  homeText: 'Verder staat er niets op deze site: die is er om tweefactorauthenticatie te laten zien.',
  failures: (count: number) =>
    `Sinds de vorige keer dat je inlogde ${count === 1 ? 'is 1 poging' : `zijn ${count} pogingen`} om op je account in te loggen mislukt.`,
  reminder: (date: string) => `Vanaf ${date} heb je tweefactorauthenticatie nodig om hier in te loggen.`,
  reminderLink: 'Stel het nu in',

  status: 'Tweefactorauthenticatie',
  isOn: 'Aan',
  isOff: 'Uit',
  onText: 'Je logt in met je wachtwoord en een code uit je app.',
  offText:
    'Je logt in met alleen je wachtwoord. Met tweefactorauthenticatie is een gestolen wachtwoord niet genoeg.',
  enable: 'Tweefactorauthenticatie instellen',
  disable: 'Tweefactorauthenticatie uitzetten',
  disableText: 'Je logt dan in met alleen je wachtwoord. Je back-upcodes werken niet meer.',
  newPhone: 'Nieuwe telefoon? Zet tweefactorauthenticatie uit en stel die daarna opnieuw in.',
  newPhoneObligatory:
    'Nieuwe telefoon? Zet het account in je app over: dat kan in de meeste apps. Lukt dat niet, dan zet een beheerder tweefactorauthenticatie voor je uit, en stel je die op de nieuwe telefoon in als je weer inlogt. Vraag hulp aan een beheerder van deze site',
  newPhoneBackup: 'Of log in met een back-upcode: dan stel je meteen de nieuwe telefoon in.',
  obligatory: 'Tweefactorauthenticatie is hier verplicht: je kunt die niet uitzetten.',
  backupCodes: 'Back-upcodes',
  codesLeft: (count: number) =>
    count === 1 ? 'Je hebt nog 1 back-upcode.' : `Je hebt nog ${count} back-upcodes.`,
  noCodesLeft:
    'Je hebt geen back-upcodes meer. Maak nieuwe, anders kun je zonder je telefoon niet meer inloggen.',
  renewCodes: 'Nieuwe back-upcodes maken',
  renewText: 'Je krijgt tien nieuwe codes. De oude werken dan niet meer.',
  changePassword: 'Je wachtwoord wijzigen',
  passwordText: 'Overal elders word je uitgelogd.',
  newPassword: 'Nieuw wachtwoord',

  enrolTitle: 'Tweefactorauthenticatie instellen',
  enrolFirst: 'Op deze site is tweefactorauthenticatie nodig. Stel die in om verder te gaan.',
  enrolNeeds:
    'Je hebt een authenticator-app op je telefoon nodig, zoals Microsoft Authenticator, Google Authenticator of Authy. Liever geen app op je telefoon? Wachtwoordkluizen zoals Bitwarden, 1Password en KeePassXC tonen zulke codes op je computer. Er zijn ook browserextensies voor.',
  stepScan: '1. Scan deze code met je app',
  qrLabel: 'QR-code met je sleutel. Dezelfde sleutel staat hieronder als tekst.',
  openApp: 'Openen in een app op deze telefoon',
  cannotScan: 'Geen camera? Typ deze sleutel in de app',
  copyKey: 'Sleutel kopiëren',
  account: 'Account',
  kind: 'Soort',
  kindValue: 'op tijd gebaseerd (TOTP), 6 cijfers',
  stepConfirm: '2. Typ de code die de app toont',
  confirm: 'Bevestigen',

  codesTitle: 'Bewaar je back-upcodes',
  codesIntro:
    'Met deze codes log je in zonder je telefoon. Je ziet ze alleen nu: druk ze af of bewaar ze in een wachtwoordkluis.',
  codesList: 'Je back-upcodes',
  codesFile: 'back-upcodes',
  codesFor: (site: string, email: string) => `Back-upcodes voor ${email} bij ${site}.`,
  worksOnce: 'Elke code werkt één keer.',
  oneVoidsAll:
    'Met één code log je één keer in: daarmee gaat tweefactorauthenticatie uit en vervallen alle codes.',
  print: 'Afdrukken',
  download: 'Downloaden als tekstbestand',
  codesStored: 'Ik heb mijn back-upcodes bewaard',
  codesNotStored:
    'Vink het vakje aan als je ze hebt bewaard. Dit zijn nieuwe codes; de vorige zijn vervallen.',
  activate: 'Tweefactorauthenticatie aanzetten',
  codesShown: 'Je hebt je back-upcodes één keer gezien. We kunnen ze niet nog eens tonen.',
  showNewCodes: 'Nieuwe codes tonen',
  done: 'Klaar',

  users: 'Gebruikers',
  find: 'E-mailadres zoeken',
  findButton: 'Zoeken',
  noUsers: 'Niemand heeft dit in het e-mailadres staan.',
  previous: 'Vorige pagina',
  next: 'Volgende pagina',
  locked: 'Geblokkeerd',
  lockedText:
    'Geblokkeerd na te veel verkeerde codes. Zet tweefactorauthenticatie uit, dan kan de gebruiker weer inloggen.',
  twoFactorShort: 'Tweefactor',
  twoFactorOf: (email: string) => `Tweefactorauthenticatie van ${email}`,
  adminDisable: 'Uitzetten voor deze gebruiker',
  adminText:
    'Telefoon kwijt? Zet tweefactorauthenticatie hier uit: de gebruiker logt dan in met het wachtwoord en stelt die opnieuw in.',
  adminNothing: 'Die staat uit: hier is niets te doen.',

  mailTo: 'Aan',
  mailEmpty: 'Er is nog geen mail verzonden.',
  mailDemo: 'In deze demo wordt mail niet verzonden, maar hier bewaard, voor iedereen te zien.',

  notice: {
    registered: 'Kijk in je mail of het account is aangemaakt, en log dan in.',
    'log-in-again': 'Tweefactorauthenticatie staat aan. Log in met je wachtwoord en een code.',
    activated: 'Tweefactorauthenticatie staat aan.',
    'already-active':
      'Tweefactorauthenticatie stond al aan: misschien heb je dat in een ander venster gedaan.',
    cancelled: 'Je hebt het instellen geannuleerd. Er is niets veranderd.',
    'no-set-up':
      'Je hebt het instellen geannuleerd, of het duurde te lang. Er is niets veranderd; je kunt opnieuw beginnen.',
    'switched-off': 'Tweefactorauthenticatie staat uit.',
    'backup-used': 'Je hebt ingelogd met een back-upcode. Die is nu verbruikt.',
    'backup-disabled':
      'Je hebt ingelogd met een back-upcode. Tweefactorauthenticatie staat nu uit: stel die opnieuw in.',
    'codes-shown':
      'Je hebt je nieuwe back-upcodes één keer gezien. We kunnen ze niet nog eens tonen. Heb je ze niet bewaard, maak dan nieuwe.',
    'password-changed': 'Je wachtwoord is gewijzigd. Overal elders ben je uitgelogd.',
    'logged-out': 'Je bent uitgelogd.',
    'browser-known': 'Deze browser is nu bekend. Log in.',
    'link-void': 'Deze link is al gebruikt of te oud. Wacht even, of vraag hieronder om hulp.',
  },

  forbidden: 'Dat mag je niet.',
  formExpired:
    'Deze pagina was te oud, en wat je hebt getypt is niet bewaard. Laad de pagina opnieuw en probeer het nog eens.',
  loadAgain: 'De pagina opnieuw laden',
  alreadyLoggedIn: 'Je bent al ingelogd.',
  loggedOutMeanwhile: 'Je bent intussen uitgelogd, dus dit is niet gebeurd. Log in en probeer het nog eens.',
  notFound: 'Deze pagina bestaat niet.',
  busy: 'Het is druk op de site. Probeer het zo nog eens.',
  failed: 'Er ging bij ons iets mis. Probeer het later nog eens.',
};

export const languages = { en, nl };

function duration(seconds: number, [one, many]: [string, string], minutes: string): string {
  if (seconds >= 120) return `${Math.ceil(seconds / 60)} ${minutes}`;
  return `${seconds} ${seconds === 1 ? one : many}`;
}
