// One process of an app on PostgreSQL. It makes a call as many times at once as it is told.
import { createTwoFactor } from 'otpure';
import { read, store } from '../../stores/dist/pg.js';

const cost = { N: 2, r: 1, p: 1 };
const twoFactor = createTwoFactor({ issuer: 'Acme', key: Buffer.alloc(32, 7), read, store, cost });

/** An app answers with 503, and the person tries again. */
function orBusy(error) {
  if (error.code === 'BUSY' || error.code === 'CONFLICT') return null;
  throw error;
}

process.on('message', async ({ count, name, given }) => {
  const calls = Array.from({ length: count }, () => twoFactor[name](...given).catch(orBusy));
  process.send(await Promise.all(calls));
});
process.send('ready');
