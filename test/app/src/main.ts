// What `npm start` runs.
import { start } from './server.js';

const { origin } = await start(process.env);
console.log(`Listening on ${origin.origin}`);
