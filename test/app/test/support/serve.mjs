// The server with a clock that tests can turn, so that nobody waits for the next code. The clock is an
// argument of startServer: the site itself has no setting for it.
import { readFileSync } from 'node:fs';
import { readConfig } from '../../dist/config.js';
import { startServer } from '../../dist/server.js';

const now = () => {
  const { stopped, offset } = JSON.parse(readFileSync(process.env.CLOCK_FILE, 'utf8'));
  return (stopped ?? Date.now()) + offset;
};
await startServer(readConfig(process.env), { now });
console.log('ready');
