// The demo: one command, an embedded database in a folder, and two users to log in with.
import { fileURLToPath } from 'node:url';
import { readPolicies } from './config.js';
import { hashPassword } from './passwords.js';
import { start } from './server.js';

const people = [
  { email: 'user@example.com', password: 'correct horse battery', admin: false },
  { email: 'admin@example.com', password: 'staple of the battery', admin: true },
];
const developmentKey = Buffer.alloc(32, 'for development ').toString('base64');
// Named after the port: two processes must not open one folder.
const port = process.env.PORT ?? '3000';
const folder = fileURLToPath(new URL(`../../../.cache/site-${Number(port)}`, import.meta.url));
// A database of its own, whatever is set: these two have passwords that everyone can read.
const own = { PORT: port, DATABASE_URL: '', DATA_DIR: folder, ADMIN: '', SMTP_URL: '', DEMO: 'true' };
const settings = { APP_KEY: developmentKey, ...process.env, ...own };
console.log('Opening the database; the first time takes some seconds …');
const config = await start(settings, {
  prepare: async (store) => {
    for (const { email, password, admin } of people)
      await store.createUser(email, await hashPassword(password), 'en', admin);
  },
});

console.log(`
  ${config.origin.origin} is ready.${process.env.APP_KEY ? '' : ' Anyone can read what its DEVELOPMENT KEY encrypts; on the internet, set APP_KEY.'}

  Log in as           with the password
${people.map(({ email, password }) => `  ${email.padEnd(20)}${password}`).join('\n')}

  1. Log in as the user, open Security and set up two-factor login.
     Any authenticator app will do; without one, type the key into
       oathtool --totp --base32 'THE KEY'
  2. Log out, and log in with the password and a code.
  3. "Mail log" shows what would have been mailed.
  4. Log in as the administrator, set it up there too, and help the user: "Users".\n
  With other rules: POLICIES=trusted-devices-off,backup-codes=digits npm run demo
  All of them: ${readPolicies('').known.join(', ')}\n
  All of it is kept in ${folder}. Stop with Ctrl-C.
`);
