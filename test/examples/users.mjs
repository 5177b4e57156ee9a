// What the four apps share: a table of users in PGlite (PostgreSQL in this very process), passwords, and the key.
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { PGlite } from '@electric-sql/pglite';

// The key that encrypts the secrets is kept outside the database. Make one with `openssl rand -hex 32`.
export const key = Buffer.from(process.env.TOTP_KEY || developmentKey(), 'hex');

function developmentKey() {
  if (process.env.NODE_ENV === 'production') throw new Error('TOTP_KEY is not set.');
  console.warn(
    'TOTP_KEY is not set: secrets are encrypted with a key that everybody knows. For development only!',
  );
  return '07'.repeat(32);
}

const db = await PGlite.create(process.env.DATA_DIR || 'memory://');

export const query = async (sql, values) => (await db.query(sql, values)).rows;

await query(`CREATE TABLE IF NOT EXISTS users (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  email text NOT NULL UNIQUE,
  password text NOT NULL,
  factor jsonb, -- NULL: two-factor login is off
  version integer NOT NULL DEFAULT 0 -- counts the changes of factor
)`);

export const findUser = async (id) => (await query('SELECT * FROM users WHERE id = $1', [id]))[0];

// Stores a factor, unless another request changed the row in between.
export async function store(id, factor, { version }) {
  const sql =
    'UPDATE users SET factor = $1, version = version + 1 WHERE id = $2 AND version = $3 RETURNING id';
  return (await query(sql, [factor, id, version])).length === 1;
}

// A person whose codes are refused has given the right password. Here, and at a login with `match.failures`, a mail to
// the owner would go out.
export function warnOwner({ userId, reason, failures }) {
  if (reason !== 'waiting' && failures === 5) {
    console.warn(
      `User ${userId} had five wrong codes: if that was somebody else, the password has to be changed.`,
    );
  }
}

/** The new user; `null` if either is invalid, or the address is taken. */
export async function createUser(email, password) {
  if (!isEmail(email) || !isPassword(password)) return null;
  const sql = 'INSERT INTO users (email, password) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING *';
  return (await query(sql, [email.toLowerCase(), await hashPassword(password)]))[0] ?? null;
}

/** The user with this address and password, or `null`. */
export async function checkPassword(email, password) {
  if (!isEmail(email) || !isPassword(password)) return null;
  const [user] = await query('SELECT * FROM users WHERE email = $1', [email.toLowerCase()]);
  // Hashes for an unknown address as well: otherwise the time taken would tell who has an account.
  const [salt, hash] = (user?.password ?? (await nobody)).split('.').map((text) => Buffer.from(text, 'hex'));
  return timingSafeEqual(await derive(password, salt), hash) && user ? user : null;
}

// Neither white space nor invisible characters, NUL (which PostgreSQL refuses) or lone surrogates.
const EMAIL = /^[^@\s\p{C}]+@[^@\s\p{C}]+$/u;
const isEmail = (value) => typeof value === 'string' && value.length <= 254 && EMAIL.test(value);
const isPassword = (value) => typeof value === 'string' && value.length >= 8 && value.length <= 200;

// A setting that OWASP recommends. The accents of a password may be composed in another way on another keyboard.
const derive = (password, salt) =>
  promisify(scrypt)(password.normalize('NFKC'), salt, 32, { N: 2 ** 14, r: 8, p: 5 });

async function hashPassword(password) {
  const salt = randomBytes(16);
  return `${salt.toString('hex')}.${(await derive(password, salt)).toString('hex')}`;
}

const nobody = hashPassword(randomBytes(16).toString('hex'));
