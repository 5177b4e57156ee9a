// Logins a second: the second step by TOTP, from one client to 64, with ever more users in the table.
//
//   DATABASE_URL=… npm run load                 an empty PostgreSQL database on this machine (Linux)
//   DATABASE_URL=… npm run load -- 1000000      so many users, instead of 1,000 to 100,000
//
// The password is left out: sessions that have passed it are put into the database.
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { cpus } from 'node:os';
import { encryptSecret, generateBackupCodes, generateSecret, generateTotp, hashBackupCodes } from 'otpure';
import pg from 'pg';
import { deriveKeys, hashSessionId, newSessionId } from '../dist/keys.js';

const LOGINS = 1000;
const CLIENTS = [1, 2, 4, 8, 16, 32, 64];
const sizes = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [1e3, 1e4, 1e5];
const { DATABASE_URL, PORT = '3999' } = process.env;
if (!DATABASE_URL) throw new Error('DATABASE_URL must name an empty PostgreSQL database.');

const appKey = Buffer.alloc(32, 'a key for the load test');
const keys = deriveKeys(appKey);
const secret = generateSecret();
const backupHashes = await hashBackupCodes(generateBackupCodes(), { cost: { N: 2, r: 1, p: 1 } });
const factorOf = (id) => ({
  id: randomUUID(),
  lastUsedTimeStep: null,
  backupHashes,
  attempts: null,
  secret: encryptSecret(secret, keys.secrets, `user ${id}`),
});

const server = spawn(process.execPath, ['dist/main.js'], {
  env: { ...process.env, HOST: '127.0.0.1', PORT, APP_KEY: appKey.toString('base64') },
  stdio: ['ignore', 'pipe', 'inherit'],
});
server.once('exit', (code) => code && process.exit(code));
await once(server.stdout, 'data');
const db = new pg.Pool({ connectionString: DATABASE_URL, max: 1 });
const query = async (sql, values) => (await db.query(sql, values)).rows;

/** Seconds of processor time that each process has taken (Linux counts hundredths). */
const busy = (pids) =>
  new Map(
    pids.map((pid) => {
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
      return [pid, (Number(fields[11]) + Number(fields[12])) / 100];
    }),
  );
const backends = async () =>
  (await query('SELECT pid FROM pg_stat_activity WHERE datname = current_database()')).map(({ pid }) => pid);

async function grow(users) {
  await query(
    `INSERT INTO users (email, "passwordHash", "isAdmin", language, "firstLogin", factor)
     SELECT 'user' || i || '@example.com', '-', false, 'en', false, $2 FROM generate_series(
       (SELECT count(*) FROM users) + 1, $1::integer) i`,
    [users, factorOf('nobody')],
  );
  await query('VACUUM ANALYZE users');
}

/** Sessions of users from all over the table, who have given their password and no code yet. */
async function visitors() {
  const users = await query('SELECT id FROM users ORDER BY random() LIMIT $1', [LOGINS]);
  const sessions = users.map(({ id }) => ({ user: id, factor: factorOf(id), id: newSessionId() }));
  const column = (of) => sessions.map(of);
  await query('DELETE FROM sessions');
  await query(
    `UPDATE users u SET factor = n.factor FROM unnest($1::uuid[], $2::jsonb[]) n (id, factor) WHERE u.id = n.id`,
    [column(({ user }) => user), column(({ factor }) => JSON.stringify(factor))],
  );
  await query(
    `INSERT INTO sessions (hash, "userId", "passwordHash", failures, "startedAt")
     SELECT n.hash, n.id, '-', 0, now() FROM unnest($1::text[], $2::uuid[]) n (hash, id)`,
    [column(({ id }) => hashSessionId(id)), column(({ user }) => user)],
  );
  await query('CHECKPOINT');
  return column(({ id }) => id);
}

function logIn(agent, session, code) {
  const form = `code=${code}`;
  const headers = {
    cookie: `session=${session}`,
    origin: `http://127.0.0.1:${PORT}`,
    'content-type': 'application/x-www-form-urlencoded',
    'content-length': form.length,
  };
  return new Promise((resolve, reject) => {
    const options = { agent, host: '127.0.0.1', port: PORT, path: '/login/code', method: 'POST', headers };
    const sent = request(options, (answer) => {
      const { statusCode, headers } = answer;
      answer
        .resume()
        .once('end', () =>
          statusCode === 303 && headers.location === '/'
            ? resolve()
            : reject(new Error(`status ${statusCode}`)),
        );
    });
    sent.once('error', reject).end(form);
  });
}

async function measure(clients) {
  const waiting = await visitors();
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  const pids = async () => [[server.pid], await backends(), [process.pid]];
  const before = busy((await pids()).flat());
  const took = [];
  const start = performance.now();
  await Promise.all(
    Array.from({ length: clients }, async () => {
      for (let session = waiting.pop(); session; session = waiting.pop()) {
        const begun = performance.now();
        await logIn(agent, session, generateTotp(secret));
        took.push(performance.now() - begun);
      }
    }),
  );
  const seconds = (performance.now() - start) / 1000;
  agent.destroy();
  // A connection that the site opened meanwhile began at nothing.
  const spent = (await pids()).map((list) =>
    [...busy(list)].reduce((sum, [pid, seconds]) => sum + seconds - (before.get(pid) ?? 0), 0),
  );
  took.sort((a, b) => a - b);
  const at = (share) => took[Math.floor(took.length * share)].toFixed(1);
  const [site, postgres, load] = spent.map((all) => ((all / LOGINS) * 1000).toFixed(2));
  return {
    clients,
    'logins/s': Math.round(LOGINS / seconds),
    median: at(0.5),
    '99 %': at(0.99),
    site,
    postgres,
    load,
  };
}

try {
  console.log(
    `Node ${process.version}, ${cpus().length} × ${cpus()[0].model}; ms of waiting, and of processor time a login`,
  );
  for (const users of sizes) {
    await grow(users);
    await measure(64);
    const rows = [];
    for (const clients of CLIENTS) rows.push(await measure(clients));
    console.log(`${users} users, ${LOGINS} logins each`);
    console.table(rows);
  }
} finally {
  await db.end();
  server.kill();
}
