// A hundred requests at once, on a real database: what the documented statements let through, and what
// the naive order does on the same harness, so that these tests are known to be able to fail.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import {
  checkAttempts,
  generateHotp,
  generateTotp,
  hashBackupCodes,
  recordFailure,
  verifyBackupCode,
  verifyHotp,
  verifyTotp,
} from 'otpure';
import { DATABASES } from './connect.mjs';
import { logIn, redeemColumn, redeemRow, startAttempt, useHotp, useTotp } from './steps.mjs';

const REQUESTS = 100;
const USER = 1;
const NOW = 1_700_000_000_000;
const SECRET = new TextEncoder().encode('12345678901234567890');
const CODES = ['0000-0000-0000-000a', '0000-0000-0000-000b', '0000-0000-0000-000c'];
// The cheapest scrypt: these tests are about the order of statements.
const HASHES = await hashBackupCodes(CODES, { cost: { N: 2, r: 1, p: 1 } });

/** How many of a hundred requests that start together get through. */
async function countPassed(request) {
  const results = await Promise.all(Array.from({ length: REQUESTS }, (_, i) => request(i)));
  return results.filter(Boolean).length;
}

for (const { name, connect } of DATABASES) {
  describe(name, () => {
    /** @type {import('./connect.mjs').Database} */
    let db;
    before(async () => {
      db = await connect();
    });
    after(() => db.close());
    beforeEach(async () => {
      await db.query('DELETE FROM backup_codes');
      await db.query('DELETE FROM users');
      await db.query('INSERT INTO users (id, backup_hashes) VALUES ($1, $2)', [USER, JSON.stringify(HASHES)]);
      for (const hash of HASHES) {
        await db.query('INSERT INTO backup_codes (user_id, hash) VALUES ($1, $2)', [USER, hash]);
      }
    });

    const hashRows = () => db.query('SELECT hash FROM backup_codes WHERE user_id = $1', [USER]);
    const readUser = async () => (await db.query('SELECT * FROM users WHERE id = $1', [USER]))[0];

    describe('one backup code, a hundred times at once', () => {
      test('a row a code, DELETE … RETURNING: exactly one wins', async () => {
        assert.equal(await countPassed(() => redeemRow(db, USER, CODES[1])), 1);
        assert.deepEqual((await hashRows()).map((row) => row.hash).sort(), [HASHES[0], HASHES[2]].sort());
      });

      test('one JSON column, compare-and-set: exactly one wins', async () => {
        assert.equal(await countPassed(() => redeemColumn(db, USER, CODES[1])), 1);
        assert.deepEqual((await readUser()).backup_hashes, [HASHES[0], HASHES[2]]);
      });

      test('naive, delete without looking whether a row went: several win', async () => {
        const passed = await countPassed(async () => {
          const hashes = (await hashRows()).map((row) => row.hash);
          const match = await verifyBackupCode(CODES[1], hashes);
          if (match) await db.query('DELETE FROM backup_codes WHERE hash = $1', [match.hash]);
          return match !== null;
        });
        assert.ok(passed > 1, `${passed} passed`);
      });

      test('naive, write the column without comparing: several win', async () => {
        const passed = await countPassed(async () => {
          const match = await verifyBackupCode(CODES[1], (await readUser()).backup_hashes);
          if (match) {
            await db.query('UPDATE users SET backup_hashes = $1 WHERE id = $2', [
              JSON.stringify(match.remaining),
              USER,
            ]);
          }
          return match !== null;
        });
        assert.ok(passed > 1, `${passed} passed`);
      });

      test('a code that was used before is refused, the next one is not', async () => {
        for (const redeem of [redeemRow, redeemColumn]) {
          assert.equal(await redeem(db, USER, CODES[0]), true);
          assert.equal(await redeem(db, USER, CODES[0]), false);
          assert.equal(await redeem(db, USER, CODES[2]), true);
        }
      });
    });

    test('two codes of one person at once in rows: both win, as they do not touch each other', async () => {
      const won = await Promise.all([redeemRow(db, USER, CODES[0]), redeemRow(db, USER, CODES[1])]);
      assert.deepEqual(won, [true, true]);
      assert.equal((await hashRows()).length, 1);
    });

    describe('a hundred guesses at once', () => {
      // What is counted: how many guesses were compared with the right code.
      const isRight = (guess) => verifyTotp(SECRET, guess, { timestamp: NOW }) !== null;
      const guesses = Array.from({ length: REQUESTS }, (_, i) => String(i).padStart(6, '0'));

      test('none of the guesses is right by chance', () => {
        assert.ok(!guesses.some(isRight));
      });

      test('count first, then check: 5 get through, the free ones of the default policy', async () => {
        let checked = 0;
        await countPassed(async (i) => {
          if (!(await startAttempt(db, USER, { timestamp: NOW }))) return;
          checked++;
          isRight(guesses[i]);
        });
        assert.equal(checked, 5);
        assert.deepEqual((await readUser()).attempts, { failures: 5, lastFailureAt: NOW });
      });

      test('after each wait, one more gets through', async () => {
        const start = (timestamp) => countPassed(() => startAttempt(db, USER, { timestamp }));
        assert.equal(await start(NOW), 5);
        assert.equal(await start(NOW + 29_999), 0);
        assert.equal(await start(NOW + 30_000), 1);
        assert.equal(await start(NOW + 89_999), 0);
        assert.equal(await start(NOW + 90_000), 1);
      });

      test('near the lock, no more than maxFailures get through', async () => {
        const options = { timestamp: NOW, freeFailures: 100, maxFailures: 20 };
        assert.equal(await countPassed(() => startAttempt(db, USER, options)), 20);
        assert.equal(checkAttempts((await readUser()).attempts, options).locked, true);
      });

      test('naive, check first and count later: all get through', async () => {
        let checked = 0;
        await countPassed(async (i) => {
          const { attempts } = await readUser();
          if (!checkAttempts(attempts, { timestamp: NOW }).allowed) return;
          checked++;
          if (isRight(guesses[i])) return;
          const failed = JSON.stringify(recordFailure(attempts, { timestamp: NOW }));
          await db.query('UPDATE users SET attempts = $1 WHERE id = $2', [failed, USER]);
        });
        // A server answers each connection on its own, so a few may see what the others stored.
        if (name === 'PGlite') assert.equal(checked, REQUESTS);
        else assert.ok(checked > 5, `${checked} checked`);
      });
    });

    describe('one right TOTP code, a hundred logins at once', () => {
      const code = generateTotp(SECRET, { timestamp: NOW });

      test('compare-and-set on the last used step: exactly one wins', async () => {
        assert.equal(await countPassed(() => useTotp(db, USER, SECRET, code, { timestamp: NOW })), 1);
        assert.equal((await readUser()).last_used_time_step, Math.floor(NOW / 30_000));
      });

      test('the same with an earlier login stored', async () => {
        await db.query('UPDATE users SET last_used_time_step = 1 WHERE id = $1', [USER]);
        assert.equal(await countPassed(() => useTotp(db, USER, SECRET, code, { timestamp: NOW })), 1);
      });

      test('naive, store the step without comparing: several win', async () => {
        const passed = await countPassed(async () => {
          const { last_used_time_step: lastUsedTimeStep } = await readUser();
          const match = verifyTotp(SECRET, code, { timestamp: NOW, lastUsedTimeStep });
          if (match) await db.query('UPDATE users SET last_used_time_step = $1', [match.timeStep]);
          return match !== null;
        });
        assert.ok(passed > 1, `${passed} passed`);
      });

      // Steps 910737 and 910738 of this key have the same code. A request that arrives when the later
      // one has come into the window, but read the stored step before the other's login, takes the later.
      describe('the same code of two steps', () => {
        const twin = generateTotp(SECRET, { timestamp: 910_738 * 30_000 });
        const moment = (i) => ({ timestamp: (910_736 + (i % 2)) * 30_000 });

        test('compare-and-set: exactly one wins', async () => {
          assert.equal(await countPassed((i) => useTotp(db, USER, SECRET, twin, moment(i))), 1);
        });

        test('naive, any step later than the stored one: it gets in twice', async () => {
          // One after the other what parallel requests do: both read, then both write.
          const [first, second] = [0, 1].map((i) => verifyTotp(SECRET, twin, moment(i))?.timeStep);
          assert.equal(second, first + 1);
          for (const step of [first, second]) {
            const updated = await db.query(
              `UPDATE users SET last_used_time_step = $1 WHERE id = $2
               AND (last_used_time_step IS NULL OR last_used_time_step < $1) RETURNING id`,
              [step, USER],
            );
            assert.equal(updated.length, 1);
          }
        });
      });
    });

    describe('one right HOTP code, a hundred logins at once', () => {
      const code = generateHotp(SECRET, 3);

      test('compare-and-set on the counter: exactly one wins', async () => {
        assert.equal(await countPassed(() => useHotp(db, USER, SECRET, code)), 1);
        assert.equal((await readUser()).hotp_counter, 4);
      });

      test('naive, store the counter without comparing: several win', async () => {
        const passed = await countPassed(async () => {
          const match = verifyHotp(SECRET, code, (await readUser()).hotp_counter);
          if (match) await db.query('UPDATE users SET hotp_counter = $1', [match.nextCounter]);
          return match !== null;
        });
        assert.ok(passed > 1, `${passed} passed`);
      });
    });

    describe('a whole login', () => {
      const options = { timestamp: NOW };
      const ways = {
        'a TOTP code': () => useTotp(db, USER, SECRET, generateTotp(SECRET, options), options),
        'a backup code': () => redeemRow(db, USER, CODES[0]),
      };

      for (const [title, checkCode] of Object.entries(ways)) {
        test(`${title} after four failures logs in and clears them`, async () => {
          for (let i = 0; i < 4; i++) assert.equal(await logIn(db, USER, () => false, options), false);
          assert.equal(await logIn(db, USER, checkCode, options), true);
          assert.equal((await readUser()).attempts, null);
        });

        test(`${title} is not even looked at while waiting`, async () => {
          for (let i = 0; i < 5; i++) await logIn(db, USER, () => false, options);
          assert.equal(await logIn(db, USER, checkCode, options), false);
          assert.equal(await logIn(db, USER, checkCode, { timestamp: NOW + 30_000 }), true);
        });

        test(`${title}, a hundred times at once: exactly one wins`, async () => {
          assert.equal(await countPassed(() => logIn(db, USER, checkCode, options)), 1);
        });
      }
    });
  });
}
