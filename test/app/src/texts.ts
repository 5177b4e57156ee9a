// What the site says, in each of its languages. The compiler holds the two to the same keys.
export type Texts = typeof en;
export type Language = keyof typeof languages;

const en = {
  name: 'English',
  language: 'Language',
  menu: 'Menu',
  home: 'Home',
  security: 'Security',
  administration: 'Users',
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
  passwordHint: 'At least 10 characters. A few unrelated words work well.',
  passwordAgain: 'Your password, to confirm it’s you',
  logIn: 'Log in',
  loginFailed: 'That e-mail address and password don’t match. Check both and try again.',
  passwordWrong: 'That password isn’t right. Try again.',
  noAccount: 'No account yet?',
  createAccount: 'Create an account',
  haveAccount: 'Already have an account?',
  emailInvalid: 'Enter an e-mail address, such as name@example.com.',
  passwordShort: 'Choose a password of 10 to 200 characters.',
  lostPassword: 'Forgot your password? Ask an administrator of this site',
  lostPhone: 'Lost your phone? Ask an administrator of this site',
  lostBoth: 'Lost your phone and your backup codes? Ask an administrator of this site',

  tryAgain: (seconds: number) =>
    `Too many attempts. Try again in ${duration(seconds, ['second', 'seconds'], 'minutes')}.`,
  thenLogIn: 'You will have to log in again then.',
  triesLeft: (count: number) =>
    count === 1
      ? 'After one more wrong code you have to wait.'
      : `After ${count} more wrong codes you have to wait.`,
  codeLocked: 'Your account is locked',
  lockedWhy: 'There were too many wrong codes. If they weren’t yours, someone may know your password.',
  askToUnlock: 'To get back in, ask an administrator of this site',

  codeTitle: 'Two-factor login',
  codeIntro: (site: string) => `Open your authenticator app and enter the code for ${site}.`,
  code: 'Code from your app',
  codeHint: '6 digits. Each code is valid for 30 seconds.',
  codeTypo: 'A code has 6 digits. Check what you typed. This didn’t count as an attempt.',
  codeWrong:
    'That code didn’t work. Wait for the next one and try again. If it keeps happening, set your phone’s clock to automatic.',
  trustBrowser: 'Ask for no code in this browser for 30 days',
  codeOrBackup: 'Code from your app, or a backup code',
  useBackupCode: 'Use a backup code instead',
  backupTitle: 'Log in with a backup code',
  backupIntro: 'Enter one of the backup codes you saved when you set up two-factor login.',
  backupDisables:
    'This switches two-factor login off, and all your backup codes stop working. You then set it up again.',
  backupCode: 'Backup code',
  backupHint: 'Capitals, spaces and dashes don’t matter.',
  backupHintDigits: '10 digits. Spaces and dashes don’t matter.',
  backupTypo: 'No backup code has that length. Check what you typed. This didn’t count as an attempt.',
  backupWrong: 'That backup code didn’t work. Each one works only once: try another.',
  useApp: 'Use your app instead',

  browserTitle: 'Make this browser known',
  browserText:
    'From then on, other people’s failed attempts to log in to your account can’t keep you out of this browser. You still need your password.',

  welcome: 'Welcome back',
  loggedInAs: (email: string) => `You’re logged in as ${email}.`,
  manage: 'Manage',
  aboutSite: 'About this site',
  homeText: 'There’s nothing else here: this site exists to show two-factor login.',
  failures: (count: number) =>
    `Since you last logged in, ${count === 1 ? '1 attempt' : `${count} attempts`} to log in to your account failed. If that wasn’t you, change your password.`,
  reminder: (date: string) => `From ${date}, you need two-factor login to log in here.`,
  reminderLink: 'Set it up now',

  status: 'Two-factor login',
  isOn: 'On',
  isOff: 'Off',
  onText: 'You log in with your password and a code from your app.',
  offText: 'You log in with only your password. With two-factor login, a stolen password isn’t enough.',
  enable: 'Set up two-factor login',
  disable: 'Switch it off',
  disableTitle: 'Switch two-factor login off?',
  disableText: 'You’ll log in with only your password, and your backup codes stop working.',
  newPhone: 'New phone? Set it up before you give the old one away, whose codes then stop working.',
  move: 'Set up a new phone',
  obligatory: 'This site requires two-factor login, so it can’t be switched off.',
  backupCodes: 'Backup codes',
  codesLeft: (count: number) =>
    count === 1 ? 'You have 1 backup code left.' : `You have ${count} backup codes left.`,
  fewCodesLeft: 'Make new ones before you run out.',
  noCodesLeft: 'You have no backup codes left. Without new ones, you can’t log in if you lose your phone.',
  renewCodes: 'Make new backup codes',
  renewText: 'You get a new set of codes. The old ones stop working.',
  devices: 'Trusted browsers',
  devicesCount: (count: number) =>
    count === 1 ? 'One browser asks you for no code.' : `${count} browsers ask you for no code.`,
  forgetDevices: 'Ask for a code everywhere',
  changePassword: 'Change your password',
  passwordText: 'A new password logs you out everywhere else.',
  newPassword: 'New password',

  enrolTitle: 'Set up two-factor login',
  enrolLead:
    'You’ll log in with your password and a code from an app on your phone. Setting it up takes a minute.',
  enrolFirst: 'This site requires two-factor login. Set it up to finish logging in.',
  stepApp: 'Get an authenticator app',
  noPhone: 'Prefer not to use your phone?',
  desktop: 'shows codes on Windows, macOS and Linux;',
  browser: 'shows them in your browser. Many password managers can, too.',
  stepScan: 'Scan this with the app',
  qrLabel: 'QR code with your key. The same key is below as text.',
  openApp: 'Open in your app',
  cannotScan: 'Can’t scan it?',
  typeKey: (account: string) =>
    `Type this key into the app, for the account “${account}”. If it asks, the kind is “time-based”, with 6 digits.`,
  copyKey: 'Copy the key',
  stepConfirm: 'Check that it works',
  currentCode: 'A code of your old phone',
  currentCodeOrBackup: 'A code of your old phone, or a backup code',
  clockOff: (ahead: number) =>
    `That code is of another time: the clock of your phone is ${Math.abs(ahead)} seconds ${ahead > 0 ? 'ahead' : 'behind'}. Let the phone set its time automatically, then type the next code.`,
  confirm: 'Confirm',
  cancelMeans: 'You can cancel: your account stays as it is, and you can set this up later under Security.',
  enrolHelp: 'Stuck? Ask an administrator of this site',

  codesTitle: 'Save your backup codes',
  codesIntro:
    'They let you log in if you lose your phone. You see them only now: print them, or keep them in a password manager.',
  codesList: 'Your backup codes',
  codesFile: 'backup-codes',
  codesFor: (site: string, email: string) => `Backup codes for ${email} at ${site}.`,
  worksOnce: 'Each works once.',
  oneVoidsAll: 'Logging in with one switches two-factor login off, and the other codes stop working.',
  print: 'Print',
  download: 'Download',
  codesStored: 'I’ve saved my backup codes',
  codesNotStored:
    'Tick the box once you’ve saved these codes. They are new: the ones you saw before no longer work.',
  activate: 'Switch two-factor login on',
  codesShown: 'Your backup codes were shown once and can’t be shown again.',
  showNewCodes: 'Show me new codes',
  done: 'Done',

  users: 'Users',
  usersLead: 'Everyone with an account, and whether two-factor login is on.',
  find: 'Find an e-mail address',
  findButton: 'Find',
  noUsers: 'Nobody has this in their e-mail address.',
  previous: 'Previous page',
  next: 'Next page',
  locked: 'Locked',
  twoFactorOf: (email: string) => `Two-factor login of ${email}`,
  adminDisable: 'Switch off for this user',
  lockedText:
    'Locked after too many wrong codes: someone may know the password. Unlocking keeps two-factor login on.',
  unlock: 'Unlock',
  adminNeedsFactor:
    'Set up two-factor login for your own account first: without it, your password alone would open everyone’s.',
  adminText:
    'For someone who lost their phone: they can then log in with their password and set it up again.',
  adminNothing: 'It’s off: there’s nothing to do here.',

  mailTo: 'To',
  mailEmpty: 'No mail has been sent yet.',
  mailDemo: 'This demo doesn’t send mail. It keeps it here, for everyone to see.',

  notice: {
    registered: 'Check your mail to see whether your account was created, then log in.',
    'log-in-again': 'Two-factor login is on. Log in with your password and a code.',
    activated: 'Two-factor login is on.',
    'already-active': 'Two-factor login is already on: you may have finished in another window.',
    cancelled: 'You cancelled the set-up. Your account works as before, with only your password.',
    'no-set-up': 'This set-up was cancelled or took too long. Nothing has changed; you can start again.',
    'switched-off': 'Two-factor login is off.',
    'backup-used': 'You logged in with a backup code. That code no longer works.',
    'backup-disabled': 'You logged in with a backup code, so two-factor login is now off. Set it up again.',
    'codes-shown':
      'Your new backup codes were shown once and can’t be shown again. If you didn’t save them, make new ones.',
    'password-changed': 'Your password has changed. You’re logged out everywhere else.',
    moved: 'Two-factor login is on, with your new phone.',
    unlocked: 'Unlocked. Two-factor login stays on.',
    'codes-void': 'Those backup codes are void: newer ones were shown in another window.',
    'devices-forgotten': 'Every browser asks for a code now.',
    'session-over':
      'You were logged out in the meantime, so what you typed was not used. Log in and try again.',
    'logged-out': 'You’re logged out.',
    'browser-known': 'This browser is known now. You can log in.',
    'link-void': 'This link has already been used, or is too old. Wait a little, or ask for help below.',
  },

  forbidden: 'You can’t open this page',
  formExpired: 'This page was open for too long, so what you typed wasn’t saved. Load it again and retry.',
  loadAgain: 'Load the page again',
  alreadyLoggedIn: 'You’re already logged in',
  loggedOutMeanwhile: 'You were logged out in the meantime, so nothing was done. Log in and try again.',
  notFound: 'This page doesn’t exist',
  busy: 'The site is busy. Try again in a moment.',
  failed: 'Something went wrong on our side. Try again later.',
};

const nl: Texts = {
  name: 'Nederlands',
  language: 'Taal',
  menu: 'Menu',
  home: 'Start',
  security: 'Beveiliging',
  administration: 'Gebruikers',
  mailLog: 'Maillog',
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
  passwordHint: 'Minstens 10 tekens. Een paar losse woorden werkt prima.',
  passwordAgain: 'Je wachtwoord, zodat we weten dat jij het bent',
  logIn: 'Inloggen',
  loginFailed: 'Dit e-mailadres en wachtwoord horen niet bij elkaar. Controleer ze en probeer het opnieuw.',
  passwordWrong: 'Dat wachtwoord klopt niet. Probeer het opnieuw.',
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
  thenLogIn: 'Dan moet je opnieuw inloggen.',
  triesLeft: (count) =>
    count === 1
      ? 'Na nog één verkeerde code moet je wachten.'
      : `Na nog ${count} verkeerde codes moet je wachten.`,
  codeLocked: 'Je account is geblokkeerd',
  lockedWhy:
    'Er is te vaak een verkeerde code ingevuld. Was jij dat niet, dan kent iemand misschien je wachtwoord.',
  askToUnlock: 'Wil je weer naar binnen? Vraag hulp aan een beheerder van deze site',

  codeTitle: 'Tweestapsverificatie',
  codeIntro: (site: string) => `Open je authenticator-app en vul de code voor ${site} in.`,
  code: 'Code uit je app',
  codeHint: '6 cijfers. Elke code is 30 seconden geldig.',
  codeTypo: 'Een code heeft 6 cijfers. Controleer wat je hebt getypt. Dit telde niet als poging.',
  codeWrong:
    'Deze code werkt niet. Wacht op de volgende en probeer het opnieuw. Blijft het misgaan, laat je telefoon de tijd dan automatisch instellen.',
  trustBrowser: '30 dagen geen code vragen in deze browser',
  codeOrBackup: 'Code uit je app, of een back-upcode',
  useBackupCode: 'Een back-upcode gebruiken',
  backupTitle: 'Inloggen met een back-upcode',
  backupIntro: 'Vul een van de back-upcodes in die je bij het instellen hebt bewaard.',
  backupDisables:
    'Hiermee gaat tweestapsverificatie uit en werken al je back-upcodes niet meer. Daarna stel je alles opnieuw in.',
  backupCode: 'Back-upcode',
  backupHint: 'Hoofdletters, spaties en streepjes maken niet uit.',
  backupHintDigits: '10 cijfers. Spaties en streepjes maken niet uit.',
  backupTypo:
    'Geen enkele back-upcode is zo lang of kort. Controleer wat je hebt getypt. Dit telde niet als poging.',
  backupWrong: 'Deze back-upcode werkt niet. Elke code werkt maar één keer: probeer een andere.',
  useApp: 'Toch je app gebruiken',

  browserTitle: 'Deze browser herkennen',
  browserText:
    'Mislukte inlogpogingen van anderen houden je dan in deze browser niet meer tegen. Je wachtwoord heb je nog steeds nodig.',

  welcome: 'Welkom terug',
  loggedInAs: (email: string) => `Je bent ingelogd als ${email}.`,
  manage: 'Beheren',
  aboutSite: 'Over deze site',
  homeText: 'Meer is hier niet te vinden: deze site laat zien hoe tweestapsverificatie werkt.',
  failures: (count: number) =>
    `Sinds je vorige bezoek ${count === 1 ? 'is 1 poging' : `zijn ${count} pogingen`} om op je account in te loggen mislukt. Was jij dat niet? Wijzig dan je wachtwoord.`,
  reminder: (date: string) => `Vanaf ${date} heb je tweestapsverificatie nodig om hier in te loggen.`,
  reminderLink: 'Stel het nu in',

  status: 'Tweestapsverificatie',
  isOn: 'Aan',
  isOff: 'Uit',
  onText: 'Je logt in met je wachtwoord en een code uit je app.',
  offText:
    'Je logt in met alleen je wachtwoord. Met tweestapsverificatie heeft een dief daar niet genoeg aan.',
  enable: 'Tweestapsverificatie instellen',
  disable: 'Uitzetten',
  disableTitle: 'Tweestapsverificatie uitzetten?',
  disableText: 'Je logt dan in met alleen je wachtwoord, en je back-upcodes werken niet meer.',
  newPhone:
    'Nieuwe telefoon? Stel die in voordat je de oude wegdoet: de codes daarvan werken daarna niet meer.',
  move: 'Nieuwe telefoon instellen',
  obligatory: 'Deze site vereist tweestapsverificatie: je kunt het niet uitzetten.',
  backupCodes: 'Back-upcodes',
  codesLeft: (count: number) =>
    count === 1 ? 'Je hebt nog 1 back-upcode.' : `Je hebt nog ${count} back-upcodes.`,
  fewCodesLeft: 'Maak op tijd nieuwe.',
  noCodesLeft:
    'Je hebt geen back-upcodes meer. Zonder nieuwe codes kun je niet inloggen als je je telefoon kwijtraakt.',
  renewCodes: 'Nieuwe back-upcodes maken',
  renewText: 'Je krijgt nieuwe codes. De oude werken dan niet meer.',
  devices: 'Vertrouwde browsers',
  devicesCount: (count) =>
    count === 1 ? 'Eén browser vraagt je geen code.' : `${count} browsers vragen je geen code.`,
  forgetDevices: 'Overal een code vragen',
  changePassword: 'Wachtwoord wijzigen',
  passwordText: 'Met een nieuw wachtwoord word je overal elders uitgelogd.',
  newPassword: 'Nieuw wachtwoord',

  enrolTitle: 'Tweestapsverificatie instellen',
  enrolLead:
    'Je logt straks in met je wachtwoord en een code uit een app op je telefoon. Instellen duurt een minuut.',
  enrolFirst: 'Deze site vereist tweestapsverificatie. Stel het in om het inloggen af te ronden.',
  stepApp: 'Zet een authenticator-app op je telefoon',
  noPhone: 'Liever niet op je telefoon?',
  desktop: 'toont codes op Windows, macOS en Linux,',
  browser: 'in je browser. Ook veel wachtwoordmanagers kunnen het.',
  stepScan: 'Scan dit met de app',
  qrLabel: 'QR-code met je sleutel. Dezelfde sleutel staat hieronder als tekst.',
  openApp: 'Openen in je app',
  cannotScan: 'Lukt scannen niet?',
  typeKey: (account: string) =>
    `Typ deze sleutel in de app, voor het account “${account}”. Vraagt de app ernaar: de soort is “op basis van tijd”, met 6 cijfers.`,
  copyKey: 'Sleutel kopiëren',
  stepConfirm: 'Controleer of het werkt',
  currentCode: 'Een code van je oude telefoon',
  currentCodeOrBackup: 'Een code van je oude telefoon, of een back-upcode',
  clockOff: (ahead) =>
    `Die code is van een andere tijd: de klok van je telefoon loopt ${Math.abs(ahead)} seconden ${ahead > 0 ? 'voor' : 'achter'}. Laat de telefoon de tijd zelf instellen en typ de volgende code.`,
  confirm: 'Bevestigen',
  cancelMeans:
    'Annuleren kan: je account blijft zoals het is, en je kunt dit later instellen onder Beveiliging.',
  enrolHelp: 'Kom je er niet uit? Vraag hulp aan een beheerder van deze site',

  codesTitle: 'Bewaar je back-upcodes',
  codesIntro:
    'Hiermee kun je inloggen als je je telefoon kwijt bent. Je ziet ze alleen nu: druk ze af of bewaar ze in een wachtwoordmanager.',
  codesList: 'Je back-upcodes',
  codesFile: 'back-upcodes',
  codesFor: (site: string, email: string) => `Back-upcodes voor ${email} bij ${site}.`,
  worksOnce: 'Elke code werkt één keer.',
  oneVoidsAll:
    'Log je met een code in, dan gaat tweestapsverificatie uit en werken de andere codes niet meer.',
  print: 'Afdrukken',
  download: 'Downloaden',
  codesStored: 'Ik heb mijn back-upcodes bewaard',
  codesNotStored:
    'Vink het vakje aan als je deze codes hebt bewaard. Ze zijn nieuw: die van daarnet werken niet meer.',
  activate: 'Tweestapsverificatie aanzetten',
  codesShown: 'Je hebt je back-upcodes één keer gezien. We kunnen ze niet nog eens tonen.',
  showNewCodes: 'Nieuwe codes tonen',
  done: 'Klaar',

  users: 'Gebruikers',
  usersLead: 'Iedereen met een account, en of tweestapsverificatie aanstaat.',
  find: 'E-mailadres zoeken',
  findButton: 'Zoeken',
  noUsers: 'Niemand heeft dit in het e-mailadres.',
  previous: 'Vorige pagina',
  next: 'Volgende pagina',
  locked: 'Geblokkeerd',
  twoFactorOf: (email: string) => `Tweestapsverificatie van ${email}`,
  adminDisable: 'Uitzetten voor deze gebruiker',
  lockedText:
    'Geblokkeerd na te veel verkeerde codes: misschien kent iemand het wachtwoord. Na vrijgeven blijft tweestapsverificatie aan.',
  unlock: 'Vrijgeven',
  adminNeedsFactor:
    'Stel eerst tweestapsverificatie in voor je eigen account: anders is jouw wachtwoord genoeg voor ieders account.',
  adminText: 'Telefoon kwijt? De gebruiker kan dan inloggen met het wachtwoord en alles opnieuw instellen.',
  adminNothing: 'Het staat uit: hier is niets te doen.',

  mailTo: 'Aan',
  mailEmpty: 'Er is nog geen mail verzonden.',
  mailDemo: 'Deze demo verstuurt geen mail, maar bewaart die hier. Iedereen kan die zien.',

  notice: {
    registered: 'Kijk in je mail of je account is aangemaakt en log dan in.',
    'log-in-again': 'Tweestapsverificatie staat aan. Log in met je wachtwoord en een code.',
    activated: 'Tweestapsverificatie staat aan.',
    'already-active': 'Tweestapsverificatie stond al aan. Misschien heb je dat in een ander venster gedaan.',
    cancelled: 'Je hebt het instellen geannuleerd. Je account werkt zoals eerst, met alleen je wachtwoord.',
    'no-set-up':
      'Het instellen is geannuleerd of duurde te lang. Er is niets veranderd; je kunt opnieuw beginnen.',
    'switched-off': 'Tweestapsverificatie staat uit.',
    'backup-used': 'Je hebt ingelogd met een back-upcode. Die werkt nu niet meer.',
    'backup-disabled':
      'Je hebt ingelogd met een back-upcode, dus tweestapsverificatie staat nu uit. Stel het opnieuw in.',
    'codes-shown':
      'Je hebt je nieuwe back-upcodes één keer gezien. We kunnen ze niet nog eens tonen. Heb je ze niet bewaard, maak dan nieuwe.',
    'password-changed': 'Je wachtwoord is gewijzigd. Overal elders ben je uitgelogd.',
    moved: 'Tweestapsverificatie staat aan, met je nieuwe telefoon.',
    unlocked: 'Vrijgegeven. Tweestapsverificatie blijft aan.',
    'codes-void': 'Die back-upcodes zijn vervallen: in een ander venster zie je nieuwere.',
    'devices-forgotten': 'Elke browser vraagt nu een code.',
    'session-over':
      'Je bent intussen uitgelogd, dus wat je typte is niet gebruikt. Log in en probeer het nog eens.',
    'logged-out': 'Je bent uitgelogd.',
    'browser-known': 'Deze browser is nu bekend. Log in.',
    'link-void': 'Deze link is al gebruikt of te oud. Wacht even, of vraag hieronder om hulp.',
  },

  forbidden: 'Deze pagina is niet voor jou',
  formExpired:
    'Deze pagina stond te lang open, dus wat je hebt getypt is niet bewaard. Laad de pagina opnieuw en probeer het nog eens.',
  loadAgain: 'De pagina opnieuw laden',
  alreadyLoggedIn: 'Je bent al ingelogd',
  loggedOutMeanwhile: 'Je bent intussen uitgelogd, dus er is niets gedaan. Log in en probeer het nog eens.',
  notFound: 'Deze pagina bestaat niet',
  busy: 'Het is druk op de site. Probeer het zo nog eens.',
  failed: 'Er ging bij ons iets mis. Probeer het later nog eens.',
};

export const languages = { en, nl };

function duration(seconds: number, [one, many]: [string, string], minutes: string): string {
  if (seconds >= 120) return `${Math.ceil(seconds / 60)} ${minutes}`;
  return `${seconds} ${seconds === 1 ? one : many}`;
}
