// Bundles an app that imports one name of the packed library: what it does not use has to be left out.
//
//   node test/bundle/run.mjs
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { installPrivate, packTarball } from '../tools/install.mjs';

const here = dirname(fileURLToPath(import.meta.url));
installPrivate(here, packTarball());
const { build, version } = await import('esbuild');
const otpure = await import('otpure');

/** Text that stands in one place of the library only, and so tells whether that is in a bundle. */
const MARKS = {
  HMAC: 'otpure needs crypto.hash',
  'the look-ahead of HOTP': 'lookAhead',
  'the replay check of TOTP': 'lastUsedTimeStep',
  'time steps': 'timestamp',
  'Base32 encoding': '"padding"',
  'Base32 decoding': 'INVALID_BASE32',
  'URI building': '&issuer=',
  'URI parsing': 'INVALID_URI',
  'random backup codes': 'repeats itself',
  scrypt: 'scrypt',
  'stored backup hashes': 'INVALID_BACKUP_HASH',
  'attempt limits': 'maxFailures',
  'attempt states': 'lastFailureAt',
  'constant-time tokens': 'timingSafeEqual',
  'random bytes': 'randomFillSync',
};

/** What each export may bring along, and does. */
const USES = {
  buildOtpauthUri: ['Base32 encoding', 'URI building'],
  checkAttempts: ['attempt limits', 'attempt states', 'time steps'],
  constantTimeEqual: ['constant-time tokens'],
  decodeBase32: ['Base32 decoding'],
  encodeBase32: ['Base32 encoding'],
  generateBackupCodes: ['random backup codes', 'random bytes'],
  generateHotp: ['HMAC'],
  generateHotpValue: ['HMAC'],
  generateSecret: ['random bytes'],
  generateTotp: ['HMAC', 'time steps'],
  getTimeStep: ['time steps'],
  hashBackupCodes: ['scrypt', 'random bytes'],
  OtpError: [],
  parseOtpauthUri: ['Base32 decoding', 'URI parsing'],
  recordFailure: ['attempt states', 'time steps'],
  resyncHotp: ['HMAC', 'the look-ahead of HOTP'],
  verifyBackupCode: ['scrypt', 'stored backup hashes', 'constant-time tokens'],
  verifyHotp: ['HMAC', 'the look-ahead of HOTP'],
  verifyTotp: ['HMAC', 'the replay check of TOTP', 'time steps'],
};

const INSTALLED = 'node_modules/otpure/dist/';

async function bundle(source) {
  const { metafile, outputFiles } = await build({
    absWorkingDir: here,
    stdin: { contents: source, resolveDir: here },
    bundle: true,
    format: 'esm',
    logLevel: 'error',
    metafile: true,
    minify: true,
    platform: 'node',
    // Else it would follow the paths of test/tsconfig.json to the sources.
    tsconfigRaw: '{}',
    write: false,
  });
  const packed = Object.keys(metafile.inputs).every(
    (path) => path === '<stdin>' || path.startsWith(INSTALLED),
  );
  check(packed, `bundled something else than the installed package: ${Object.keys(metafile.inputs)}`);
  return outputFiles[0].text;
}

const load = (code) => import(`data:text/javascript,${encodeURIComponent(code)}`);

let [passed, failed] = [0, 0];
function check(right, what) {
  if (right) passed++;
  else {
    failed++;
    console.error(`*** ${what}`);
  }
}

const report = (name, code) =>
  console.log(
    `${name.padEnd(22)} ${String(code.length).padStart(6)} bytes, ${gzipSync(code).length} with gzip`,
  );

console.log(`esbuild ${version}, --bundle --platform=node --format=esm --minify`);
for (const [name, uses] of Object.entries(USES)) {
  const code = await bundle(`export { ${name} } from 'otpure';`);
  report(name, code);
  const found = Object.keys(MARKS).filter((mark) => code.includes(MARKS[mark]));
  for (const mark of Object.keys(MARKS)) {
    const used = uses.includes(mark);
    check(found.includes(mark) === used, `${name} ${used ? 'lacks' : 'brings along'} ${mark}`);
  }
  check(typeof (await load(code))[name] === 'function', `${name} can't be loaded from its bundle`);
}
check(
  Object.keys(otpure).sort().join() === Object.keys(USES).sort().join(),
  'the exports are not those listed here',
);

const all = await bundle("export * from 'otpure';");
report('everything', all);
for (const [mark, text] of Object.entries(MARKS)) check(all.includes(text), `the mark of ${mark} is nowhere`);

const { generateTotp } = await load(await bundle("export { generateTotp } from 'otpure';"));
const key = new TextEncoder().encode('12345678901234567890');
check(
  generateTotp(key, { timestamp: 59_000, digits: 8 }) === '94287082',
  'the bundled generateTotp is wrong',
);
// A statement at the top that a bundler can't tell to be free of side effects is in every bundle.
const least = await bundle("export { OtpError } from 'otpure';");
check(
  /^var (\w+)=class extends Error\{code;constructor\([^()]*\)\{[^{}]*\}\};export\{\1 as OtpError\};\n$/.test(
    least,
  ),
  `is in every bundle: ${least}`,
);
const nothing = await bundle("import 'otpure';");
check(nothing === '', `an import of nothing leaves ${nothing.length} bytes`);

console.log(`bundle: ${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
