import { readConfig } from './config.js';
import { startServer } from './server.js';

const config = readConfig(process.env);
await startServer(config);
console.log(`Listening on ${config.origin.origin}`);
