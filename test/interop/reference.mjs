// The reference implementation of test/reference, compiled so that a plain Node.js can run it.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from '../tools/install.mjs';

const sources = ['otp', 'base32'].map((name) => join(root, 'test', 'reference', `${name}.ts`));
const compiled = join(root, '.cache', 'reference');
const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
const options = '--module nodenext --target es2022 --types node --ignoreConfig'.split(' ');
execFileSync(process.execPath, [compiler, ...sources, ...options, '--outDir', compiled], {
  stdio: 'inherit',
});

const load = (name) => import(pathToFileURL(join(compiled, `${name}.js`)).href);
export const { referenceHotp, referenceTimeStep, referenceTyped, referenceVerifyHotp, referenceVerifyTotp } =
  await load('otp');
export const { referenceDecodeBase32, referenceEncodeBase32 } = await load('base32');
