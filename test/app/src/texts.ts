// What the site says, in each of its languages. The compiler holds the two to the same keys.
export type Texts = typeof en;
export type Language = keyof typeof languages;

const day = { dateStyle: 'long', timeZone: 'UTC' } as const;

/** What is short, in English and in Dutch: titles, labels, links, buttons, hints. */
const words = {
  name: ['English', 'Nederlands'],
  language: ['Language', 'Taal'],
  home: ['Home', 'Start'],
  security: ['Security', 'Beveiliging'],
  mailLog: ['Mail log', 'Maillog'],
  logOut: ['Log out', 'Uitloggen'],
  skip: ['Skip to content', 'Naar de inhoud'],
  errorPrefix: ['Error', 'Fout'],
  cancel: ['Cancel', 'Annuleren'],
  copy: ['Copy', 'Kopiëren'],
  copied: ['Copied', 'Gekopieerd'],

  email: ['E-mail address', 'E-mailadres'],
  password: ['Password', 'Wachtwoord'],
  passwordAgain: ['Your password, to confirm it’s you', 'Je wachtwoord, zodat we weten dat jij het bent'],
  logIn: ['Log in', 'Inloggen'],
  passwordWrong: ['That password isn’t right. Try again.', 'Dat wachtwoord klopt niet. Probeer het opnieuw.'],
  noAccount: ['No account yet?', 'Nog geen account?'],
  createAccount: ['Create an account', 'Account aanmaken'],
  haveAccount: ['Already have an account?', 'Heb je al een account?'],
  askAdministrator: ['Ask an administrator of this site', 'Vraag hulp aan een beheerder van deze site'],
  lostPassword: ['Forgot your password?', 'Wachtwoord vergeten?'],
  lostPhone: ['Lost your phone?', 'Telefoon kwijt?'],
  lostBoth: ['Lost your phone and your backup codes?', 'Telefoon en back-upcodes kwijt?'],

  codeLocked: ['Your account is locked', 'Je account is geblokkeerd'],
  askToUnlock: ['Want to get back in?', 'Wil je weer kunnen inloggen?'],
  thenLogIn: ['You’ll then have to log in again.', 'Je moet dan opnieuw inloggen.'],
  twoFactor: ['Two-factor login', 'Tweestapsverificatie'],
  code: ['Code from your app', 'Code uit je app'],
  codeHint: ['6 digits. Each code is valid for 30 seconds.', '6 cijfers. Elke code is 30 seconden geldig.'],
  backupTitle: ['Log in with a backup code', 'Inloggen met een back-upcode'],
  backupCode: ['Backup code', 'Back-upcode'],
  orBackupCode: [', or a backup code', ', of een back-upcode'],
  backupHint: ['Spaces and dashes don’t matter.', 'Spaties en streepjes maken niet uit.'],
  useApp: ['Use your app instead', 'Toch je app gebruiken'],
  browserTitle: ['Make this browser known', 'Deze browser herkennen'],

  isOn: ['On', 'Aan'],
  isOff: ['Off', 'Uit'],
  enable: ['Set up two-factor login', 'Tweestapsverificatie instellen'],
  disable: ['Switch it off', 'Uitzetten'],
  disableTitle: ['Switch two-factor login off?', 'Tweestapsverificatie uitzetten?'],
  move: ['Set up a new phone', 'Nieuwe telefoon instellen'],
  backupCodes: ['Backup codes', 'Back-upcodes'],
  renewCodes: ['Make new backup codes', 'Nieuwe back-upcodes maken'],
  fewLeft: ['Make new ones in case you lose your phone.', 'Maak nieuwe, voor als je je telefoon verliest.'],
  devices: ['Trusted browsers', 'Vertrouwde browsers'],
  forgetDevices: ['Ask for a code everywhere', 'Overal een code vragen'],
  changePassword: ['Change your password', 'Wachtwoord wijzigen'],
  newPassword: ['New password', 'Nieuw wachtwoord'],

  stepApp: ['Get an authenticator app', 'Zet een authenticator-app op je telefoon'],
  stepScan: ['Scan this with the app', 'Scan dit met de app'],
  openApp: ['Open in your app', 'Openen in je app'],
  cannotScan: ['Can’t scan it?', 'Lukt scannen niet?'],
  stepConfirm: ['Check that it works', 'Controleer of het werkt'],
  currentCode: ['Code from your old phone', 'Code van je oude telefoon'],
  confirm: ['Confirm', 'Bevestigen'],
  enrolHelp: ['Stuck?', 'Kom je er niet uit?'],

  codesTitle: ['Save your backup codes', 'Bewaar je back-upcodes'],
  worksOnce: ['Each works once.', 'Elke code werkt één keer.'],
  print: ['Print', 'Afdrukken'],
  download: ['Download', 'Downloaden'],
  codesStored: ['I’ve saved my backup codes', 'Ik heb mijn back-upcodes bewaard'],
  activate: ['Switch two-factor login on', 'Tweestapsverificatie aanzetten'],
  showNewCodes: ['Show me new codes', 'Nieuwe codes tonen'],
  done: ['Done', 'Klaar'],

  users: ['Users', 'Gebruikers'],
  find: ['Find an e-mail address', 'E-mailadres zoeken'],
  findButton: ['Find', 'Zoeken'],
  previous: ['Previous page', 'Vorige pagina'],
  next: ['Next page', 'Volgende pagina'],
  locked: ['Locked', 'Geblokkeerd'],
  unlock: ['Unlock', 'Vrijgeven'],

  forbidden: ['You can’t open this page', 'Deze pagina is niet voor jou'],
  notFound: ['This page doesn’t exist', 'Deze pagina bestaat niet'],
  noUsers: ['Nobody has this in their e-mail address.', 'Niemand heeft dit in het e-mailadres.'],
  busy: ['The site is busy. Try again in a moment.', 'Het is druk op de site. Probeer het zo nog eens.'],
} satisfies Record<string, [string, string]>;

function column(language: 0 | 1) {
  const pairs = Object.entries(words).map(([key, row]) => [key, row[language]]);
  return Object.fromEntries(pairs) as Record<keyof typeof words, string>;
}

const en = {
  ...column(0),
  passwordHint: 'From 10 to 200 characters. A few unrelated words work well.',
  loginFailed: 'That e-mail address and password don’t match. Check both and try again.',
  emailInvalid: 'Enter an e-mail address, such as name@example.com.',

  tryAgain: (seconds: number) => `Too many attempts. Try again in ${duration('en', seconds)}.`,
  triesLeft: (count: number) => `After ${some(count, 'more wrong code')}, you’ll have to wait.`,
  lockedWhy: 'There were too many wrong codes. If they weren’t yours, someone may know your password.',

  codeIntro: (site: string) => `Open your authenticator app and enter the code for ${site}.`,
  codeTypo: 'That can’t be a code: an app’s has 6 digits. Check what you typed. This try didn’t count.',
  codeWrong: 'That code didn’t work. From your app? Try the next, and set your phone’s clock to automatic.',
  trustBrowser: 'Don’t ask for a code in this browser for 30 days',
  backupIntro: 'Enter one of the backup codes you saved when you set up two-factor login.',
  backupTypo: 'No backup code has that length. Check what you typed. This didn’t count as an attempt.',
  backupWrong: 'That backup code didn’t work. Each one works only once: try another.',
  browserText: 'Other people’s failed attempts will no longer keep you out. You still need your password.',

  loggedInAs: (email: string) => `You’re logged in as ${email}.`,
  failures: (count: number) =>
    `Since you last logged in, ${some(count, 'attempt')} to log in to your account failed. If that wasn’t you, change your password.`,
  reminder: (date: Date) =>
    `From ${date.toLocaleDateString('en', day)}, you need two-factor login to log in here.`,

  onText: 'You log in with your password and a code from your app.',
  offText: 'You log in with only your password. With two-factor login, a stolen password isn’t enough.',
  wasReset: 'An administrator switched off two-factor login for your account. Set it up again.',
  disableText: 'You’ll log in with only your password, and your backup codes stop working.',
  newPhone: 'New phone? Set it up while you still have the old one.',
  obligatory: 'This site requires two-factor login, so it can’t be switched off.',
  codesLeft: (count: number) => `You have ${some(count, 'backup code')} left.`,
  renewText: 'You get new codes. The old ones stop working, and every browser asks for a code again.',
  devicesCount: (count: number) => `You log in without a code in ${some(count, 'browser')}.`,
  passwordText: 'A new password logs you out everywhere else.',

  enrolLead: 'You’ll log in with your password and a code from an app. Setting it up takes a minute.',
  enrolFirst: 'This site requires two-factor login. Set it up to finish logging in.',
  otherApps: 'On a computer: KeePassXC, the extension of authenticator.cc, or a password manager.',
  qrLabel: 'QR code with your key. The same key is below as text.',
  typeKey: (account: string) => `Type this key into the app, for “${account}”: time-based, with 6 digits.`,
  clockOff: (ahead: number) =>
    `Your phone’s clock is ${duration('en', Math.abs(ahead))} ${ahead > 0 ? 'ahead' : 'behind'}. Set it to automatic, then enter the next code.`,
  cancelMeans: 'Not now? Cancel: your account stays as it is, and you can do this later under Security.',

  codesIntro: 'They let you log in if you lose your phone. Save them now: you won’t see them again.',
  codesFor: (site: string, email: string) => `Backup codes for ${email} at ${site}.`,
  oneVoidsAll: 'Logging in with one switches two-factor login off, and the other codes stop working.',
  codesNotStored: 'Tick the box once you’ve saved these codes: the ones you saw before no longer work.',
  codesShown: 'Your backup codes were shown once and can’t be shown again.',

  lockedText: 'Too many wrong codes: someone may know the password. Unlocking keeps two-factor login on.',
  adminNeedsFactor: 'Set up two-factor login yourself first: a password alone shouldn’t open other accounts.',
  adminText: 'Switch two-factor login off if they lost their phone. They log in and set it up again.',
  adminNothing: 'Two-factor login is off: there’s nothing to do here.',

  mailDemo: 'This demo doesn’t send mail. It keeps it here, for everyone to see.',

  notice: {
    registered: 'Check your mail to see whether your account was created, then log in.',
    'log-in-again': 'Two-factor login is on. Log in with your password and a code.',
    activated: 'Two-factor login is on.',
    'already-active': 'Two-factor login is already on: you may have finished in another window.',
    cancelled: 'You cancelled the set-up. Your account stays as it was.',
    'no-set-up': 'This set-up was cancelled or took too long. Nothing has changed; you can start again.',
    'switched-off': 'Two-factor login is off.',
    'backup-used': 'You logged in with a backup code. That code no longer works.',
    'backup-disabled': 'You logged in with a backup code, so two-factor login is now off. Set it up again.',
    'codes-shown': 'Your new backup codes were shown once. If you didn’t save them, make new ones.',
    'password-changed': 'Your password has changed. You’re logged out everywhere else.',
    moved: 'Two-factor login is on, with your new phone.',
    unlocked: 'Unlocked. Two-factor login stays on.',
    'codes-void': 'Those backup codes no longer work: newer ones were shown in another window.',
    'devices-forgotten': 'From now on, every browser asks for a code. You’re logged out everywhere else.',
    'session-over': 'You were logged out meanwhile. What you typed may not have been used: log in again.',
    'logged-out': 'You’re logged out.',
    'browser-known': 'This browser is known now. You can log in.',
    'link-void': 'This link has already been used, or is too old. Wait a little, or ask for help below.',
  },

  failed: 'Something went wrong on our side. Try again later.',
};

const nl: Texts = {
  ...column(1),
  passwordHint: 'Van 10 tot 200 tekens. Een paar losse woorden werken prima.',
  loginFailed: 'Dit e-mailadres en wachtwoord horen niet bij elkaar. Controleer ze en probeer het opnieuw.',
  emailInvalid: 'Vul een e-mailadres in, zoals naam@example.com.',

  tryAgain: (seconds) => `Te veel pogingen. Probeer het opnieuw over ${duration('nl', seconds)}.`,
  triesLeft: (count) => `Na nog ${some(count, 'verkeerde code')} moet je wachten.`,
  lockedWhy: 'Te veel verkeerde codes. Was jij dat niet, dan kent iemand misschien je wachtwoord.',

  codeIntro: (site: string) => `Open je authenticator-app en vul de code voor ${site} in.`,
  codeTypo: 'Dat kan geen code zijn: een app geeft 6 cijfers. Controleer wat je typte. Dit telde niet mee.',
  codeWrong: 'Deze code werkt niet. Van je app? Probeer de volgende, en zet de klok van je telefoon goed.',
  trustBrowser: '30 dagen lang geen code vragen in deze browser',
  backupIntro: 'Vul een van de back-upcodes in die je bij het instellen hebt bewaard.',
  backupTypo: 'Zo lang is geen enkele back-upcode. Kijk na wat je hebt getypt. Dit telde niet als poging.',
  backupWrong: 'Deze back-upcode werkt niet. Elke code werkt maar één keer: probeer een andere.',
  browserText: 'Mislukte pogingen van anderen houden je dan niet meer tegen. Je wachtwoord blijft nodig.',

  loggedInAs: (email: string) => `Je bent ingelogd als ${email}.`,
  failures: (count: number) =>
    `Sinds je vorige bezoek ${count === 1 ? 'is 1 poging' : `zijn ${count} pogingen`} om op je account in te loggen mislukt. Was jij dat niet? Wijzig dan je wachtwoord.`,
  reminder: (date) =>
    `Vanaf ${date.toLocaleDateString('nl', day)} heb je tweestapsverificatie nodig om in te loggen.`,

  onText: 'Je logt in met je wachtwoord en een code uit je app.',
  offText: 'Je logt in met alleen je wachtwoord. Met een code erbij is een gestolen wachtwoord niet genoeg.',
  wasReset: 'Een beheerder heeft tweestapsverificatie voor je account uitgezet. Stel het opnieuw in.',
  disableText: 'Je logt dan in met alleen je wachtwoord, en je back-upcodes werken niet meer.',
  newPhone: 'Nieuwe telefoon? Stel die in terwijl je de oude nog hebt.',
  obligatory: 'Deze site vereist tweestapsverificatie: je kunt het niet uitzetten.',
  codesLeft: (count) => `Je hebt nog ${some(count, 'back-upcode')}.`,
  renewText: 'Je krijgt nieuwe codes. De oude werken dan niet meer, en elke browser vraagt weer om een code.',
  devicesCount: (count) => `In ${some(count, 'browser')} log je in zonder code.`,
  passwordText: 'Met een nieuw wachtwoord word je overal elders uitgelogd.',

  enrolLead: 'Je logt straks in met je wachtwoord en een code uit een app. Instellen duurt een minuut.',
  enrolFirst: 'Deze site vereist tweestapsverificatie. Stel het in om het inloggen af te ronden.',
  otherApps: 'Op een computer: KeePassXC, de extensie van authenticator.cc, of een wachtwoordmanager.',
  qrLabel: 'QR-code met je sleutel. Dezelfde sleutel staat hieronder als tekst.',
  typeKey: (account) => `Typ deze sleutel in de app, voor “${account}”: op basis van tijd, met 6 cijfers.`,
  clockOff: (ahead) =>
    `De klok van je telefoon loopt ${duration('nl', Math.abs(ahead))} ${ahead > 0 ? 'voor' : 'achter'}. Zet die op automatisch en vul de volgende code in.`,
  cancelMeans: 'Liever later? Annuleer: je account blijft zoals het is. Je vindt dit onder Beveiliging.',

  codesIntro: 'Hiermee log je in als je je telefoon kwijt bent. Bewaar ze nu: je ziet ze niet nog eens.',
  codesFor: (site: string, email: string) => `Back-upcodes voor ${email} bij ${site}.`,
  oneVoidsAll: 'Log je met een code in, dan gaat tweestapsverificatie uit en vervallen de andere.',
  codesNotStored: 'Vink dit aan als je deze codes hebt bewaard: die van daarnet werken niet meer.',
  codesShown: 'Je hebt je back-upcodes één keer gezien. We kunnen ze niet nog eens tonen.',

  lockedText: 'Te veel verkeerde codes: kent iemand het wachtwoord? Na vrijgeven blijft verificatie aan.',
  adminNeedsFactor:
    'Stel eerst zelf tweestapsverificatie in: een wachtwoord mag andermans account niet openen.',
  adminText: 'Telefoon kwijt? Zet tweestapsverificatie uit. De gebruiker logt in en stelt het opnieuw in.',
  adminNothing: 'Tweestapsverificatie staat uit: hier is niets te doen.',

  mailDemo: 'Deze demo verstuurt geen mail, maar bewaart die hier. Iedereen kan die zien.',

  notice: {
    registered: 'Kijk in je mail of je account is aangemaakt en log dan in.',
    'log-in-again': 'Tweestapsverificatie staat aan. Log in met je wachtwoord en een code.',
    activated: 'Tweestapsverificatie staat aan.',
    'already-active': 'Tweestapsverificatie stond al aan. Misschien heb je dat in een ander venster gedaan.',
    cancelled: 'Je hebt het instellen geannuleerd. Je account blijft zoals het was.',
    'no-set-up': 'Het instellen is geannuleerd of duurde te lang. Er is niets veranderd.',
    'switched-off': 'Tweestapsverificatie staat uit.',
    'backup-used': 'Je hebt ingelogd met een back-upcode. Die werkt nu niet meer.',
    'backup-disabled': 'Je hebt ingelogd met een back-upcode, dus tweestapsverificatie staat nu uit.',
    'codes-shown': 'Je hebt je nieuwe back-upcodes één keer gezien. Niet bewaard? Maak dan nieuwe.',
    'password-changed': 'Je wachtwoord is gewijzigd. Overal elders ben je uitgelogd.',
    moved: 'Tweestapsverificatie staat aan, met je nieuwe telefoon.',
    unlocked: 'Vrijgegeven. Tweestapsverificatie blijft aan.',
    'codes-void': 'Die back-upcodes werken niet meer: in een ander venster zijn nieuwere getoond.',
    'devices-forgotten': 'Vanaf nu vraagt elke browser om een code. Overal elders ben je uitgelogd.',
    'session-over': 'Je bent intussen uitgelogd. Wat je typte is misschien niet gebruikt: log opnieuw in.',
    'logged-out': 'Je bent uitgelogd.',
    'browser-known': 'Deze browser is nu bekend. Log in.',
    'link-void': 'Deze link is al gebruikt of te oud. Wacht even, of vraag hieronder om hulp.',
  },

  failed: 'Er ging bij ons iets mis. Probeer het later nog eens.',
};

export const languages = { en, nl };

/** The plural ends in an s in both languages. */
const some = (count: number, one: string) => `${count} ${one}${count === 1 ? '' : 's'}`;

function duration(language: Language, seconds: number): string {
  const [count, unit] = seconds < 120 ? [seconds, 'second'] : [Math.ceil(seconds / 60), 'minute'];
  return count.toLocaleString(language, { style: 'unit', unit, unitDisplay: 'long' });
}
