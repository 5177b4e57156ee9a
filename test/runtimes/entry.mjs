// Runs the suite on Node.js, Bun and Deno; prints the results as one line of JSON.
import * as crypto from 'node:crypto';
import { readFileSync } from 'node:fs';
import * as otpure from 'otpure';
import { runSuite } from './suite.mjs';
import { vectorFiles } from './vectors.mjs';

const read = (path) => JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'));
const vectors = Object.fromEntries(Object.entries(vectorFiles).map(([name, path]) => [name, read(path)]));
console.log(JSON.stringify(await runSuite(otpure, vectors, crypto)));
