// Compares the packed library with other implementations: random codes, URIs both ways, known differences.
//
//   node test/interop/run.mjs [--seed N] [--cases 20000] [--uris 2000]
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inspect, isDeepStrictEqual, parseArgs } from 'node:util';
import { installPrivate, packTarball } from '../tools/install.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Date.now() & 0x3fff_ffff) },
    cases: { type: 'string', default: '20000' },
    uris: { type: 'string', default: '2000' },
  },
});
const [seed, cases, uris] = [values.seed, values.cases, values.uris].map(Number);

installPrivate(here, packTarball());
const { oathtoolVersion, probes } = await import('./peers.mjs');
const { compareCodes } = await import('./codes.mjs');
const { compareUris, uriDifferences } = await import('./uris.mjs');
const { generateHotp, generateTotp, verifyTotp } = await import('otpure');
const { referenceHotp, referenceVerifyTotp } = await import('./reference.mjs');
const differences = JSON.parse(readFileSync(join(here, 'differences.json'), 'utf8'));

const version = (name) =>
  JSON.parse(readFileSync(join(here, 'node_modules', name, 'package.json'), 'utf8')).version;
const packages = ['otplib', 'otpauth', '@oslojs/otp'].map((name) => `${name} ${version(name)}`);
console.log(`seed ${seed}, ${['oathtool', oathtoolVersion ?? 'missing'].join(' ')}, ${packages.join(', ')}`);

let [passed, failed, skipped] = [0, 0, 0];
const show = (value) => inspect(value, { depth: 5, breakLength: 110 });

/** What a call gives, in the words of differences.json. */
function outcome(call) {
  try {
    return call();
  } catch (error) {
    return error.code ?? 'refused';
  }
}

function check(name, right, details) {
  if (right) passed++;
  // One mistake can make thousands of cases fail.
  else if (++failed <= 20) console.error(`\n${name}\n${show(details)}`);
}

if (oathtoolVersion === undefined) {
  console.error(
    '\n*** oathtool is not installed: nothing is compared with it. Debian has it: apt-get install oathtool ***\n',
  );
  if (process.env.CI === 'true') failed++;
  else skipped++;
}

const codes = compareCodes(seed, cases);
for (const [name, count] of Object.entries(codes.computed))
  console.log(`${name.padEnd(12)} ${count} of ${cases} codes`);
for (const disagreement of codes.disagreements) check('codes disagree', false, disagreement);
passed += cases - codes.disagreements.length;

const read = compareUris(seed, uris);
for (const [way, { compared, differing }] of Object.entries(read.ways)) {
  console.log(`${way.padEnd(21)} ${compared} URIs, ${differing} with a known difference`);
  passed += compared;
}
for (const surprise of read.surprises) {
  passed--;
  check('URIs differ in another way than known', false, surprise);
}

const key = Buffer.from('12345678901234567890');
for (const { peer, what, input, theirs, ours } of differences.codes) {
  if (peer.startsWith('oathtool') && oathtoolVersion === undefined) {
    skipped++;
    continue;
  }
  const name = `${peer}, ${what}`;
  const { counter, code, ...time } = input;
  const given = { ...time, ...('timestamp' in time && { timestamp: Number(time.timestamp) }) };
  const big = counter === undefined ? undefined : BigInt(counter);
  const theirAnswer = outcome(() => probes[peer]({ key, counter: big, code, ...given }));
  check(`${name}: no longer what they answer`, isDeepStrictEqual(theirAnswer, theirs), {
    theirAnswer,
    theirs,
  });
  const ourAnswer = outcome(() => {
    if (code !== undefined) return verifyTotp(key, code, given);
    return big === undefined ? generateTotp(key, given) : generateHotp(key, big);
  });
  check(`${name}: not our answer`, ourAnswer === ours, { ourAnswer, ours });
  if (ours === 'INVALID_ARGUMENT') continue;
  const reference =
    code === undefined
      ? referenceHotp(key, big)
      : referenceVerifyTotp(key, code, { ...given, lastUsed: given.lastUsedTimeStep });
  check(`${name}: the reference says otherwise`, reference === ours, { reference, ours });
}
const told = differences.uris.map(({ name }) => name);
check('the known differences of URIs and differences.json', isDeepStrictEqual(told, uriDifferences), {
  told,
});

console.log(`interop: ${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exitCode = failed > 0 ? 1 : 0;
