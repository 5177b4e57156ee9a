// Runs the suite on Node.js, Bun and Deno; prints the results as one line of JSON.
import * as crypto from 'node:crypto';
import { readFileSync } from 'node:fs';
import * as otpure from 'otpure';
import { runSuite } from './suite.mjs';
import { vectorFiles } from './vectors.mjs';

// Bun follows the paths of the nearest tsconfig.json. This folder has an empty one, because that of test/
// leads to the sources.
const path = import.meta.resolve('otpure');
if (!path.endsWith('/runtimes/node_modules/otpure/dist/index.js')) throw new Error(`otpure is ${path}`);

const read = (path) => JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'));
const vectors = Object.fromEntries(Object.entries(vectorFiles).map(([name, path]) => [name, read(path)]));
console.log(JSON.stringify(await runSuite(otpure, vectors, crypto)));
