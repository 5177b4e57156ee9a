// Turns what a run measured into text for a terminal and Markdown for the README.
import { closest, own, peers } from './bars.mjs';
import { CRYPTO_ONLY } from './cold.mjs';
import { fitLine, median, ratio, spread } from './measure.mjs';

/** All figures of one runtime. */
export function runtimeText(result, { openssl }) {
  const { node, v8, openssl: bundled } = result.versions;
  const lines = [`Node ${node} (V8 ${v8}, OpenSSL ${bundled}): median, spread, × otpure`, ''];
  for (const { id, title, contenders } of result.groups) {
    lines.push(title);
    const reference = contenders[0].samples;
    for (const { name, limit, samples } of byTime(contenders)) {
      const times = ratio(samples, reference).toFixed(2);
      lines.push(
        `  ${name.padEnd(30)}${time(median(samples)).padStart(9)} ${percent(spread(samples)).padStart(6)} ${times.padStart(7)}${limit ? '  (limit)' : ''}`,
      );
    }
    if (id === 'generate-sha1' && openssl) {
      lines.push(
        `  ${`HMAC of ${openssl.version} itself`.padEnd(30)}${time(openssl.nanoseconds).padStart(9)}                 (limit)`,
      );
    }
  }
  lines.push('', 'How the cost grows');
  for (const { title, points } of result.growth) {
    const medians = points.map(({ x, samples }) => [x, median(samples)]);
    const { slope, intercept, r2 } = fitLine(medians);
    lines.push(`  ${title}`);
    lines.push(`    ${medians.map(([x, y]) => `${x}: ${time(y)}`).join('  ')}`);
    lines.push(
      `    ${time(slope)} each + ${time(intercept)}, the line explains ${percent(r2)} of the variance`,
    );
  }
  lines.push('', 'import() in a fresh process');
  for (const { name, samples } of byTime(result.imports)) {
    const limit = name === CRYPTO_ONLY ? '  (limit)' : '';
    lines.push(
      `  ${name.padEnd(30)}${`${median(samples).toFixed(1)} ms`.padStart(9)} ${percent(spread(samples)).padStart(6)}${limit}`,
    );
  }
  lines.push('', `Bars on Node ${node}`);
  for (const { title, value, limit, against, held } of result.bars) {
    const verdict = `${value.toFixed(2)} of at most ${limit.toFixed(2)}`;
    lines.push(
      `  ${held ? 'held ' : 'SHORT'} ${verdict.padEnd(22)} ${title}${against === 'node:crypto' ? '' : ` (${against})`}`,
    );
  }
  return `${lines.join('\n')}\n`;
}

/** Sizes, and the machine. */
export function machineText({ date, machine, sizes }) {
  const lines = ['Size: packages, unpacked, minified + gzip'];
  for (const { name, packages, unpacked, gzipped } of sizes) {
    lines.push(
      `  ${name.padEnd(20)}${String(packages).padStart(4)} ${kilobytes(unpacked).padStart(10)} ${kilobytes(gzipped).padStart(10)}`,
    );
  }
  lines.push('', `${date}, ${machineLine(machine)}`);
  return lines.join('\n');
}

const OPERATIONS = [
  ['generate-sha1', 'generate'],
  ['verify-current-1', 'verify ±1, right code'],
  ['verify-previous-1', "verify ±1, previous step's code"],
  ['verify-wrong-1', 'verify ±1, wrong code'],
  ['verify-wrong-10', 'verify ±10, wrong code'],
  ['verify-hotp', 'verify HOTP, look-ahead 10, wrong code'],
  ['encode-20', 'Base32 encode, 20 bytes'],
  ['decode-20', 'Base32 decode, 20 bytes'],
  ['uri-build', 'build an otpauth URI'],
  ['uri-parse', 'parse an otpauth URI'],
];

/** Three tables: the fastest peer on each runtime, all peers on the last one, and sizes. */
export function toMarkdown({ date, machine, sizes, runtimes }) {
  const last = runtimes[runtimes.length - 1];
  const names = sizes.map(({ name }) => name);
  const summary = OPERATIONS.map(([id, title]) => [
    title,
    ...runtimes.flatMap(({ groups }) => {
      const group = groups.find((each) => each.id === id);
      const { against, value } = closest(own(group), peers(group));
      return [time(median(own(group))), `${(1 / value).toFixed(1)} × (${against})`];
    }),
  ]);
  // Base32 has peers of its own, which have no column here.
  const all = OPERATIONS.filter(([, title]) => !title.startsWith('Base32')).map(([id, title]) => {
    const { contenders } = last.groups.find((group) => group.id === id);
    return [
      title,
      ...names.map((name) => {
        const contender = contenders.find((each) => each.name === name);
        return contender ? time(median(contender.samples)) : '–';
      }),
    ];
  });
  const imports = names.map((name) => {
    const { samples } = last.imports.find((each) => each.name === name);
    return `${median(samples).toFixed(0)} ms`;
  });
  return [
    table(
      ['', ...runtimes.flatMap(({ versions }) => [`Node ${versions.node}`, 'fastest peer takes'])],
      summary,
    ),
    `Medians, all packages side by side in one run. Node ${last.versions.node} in full:`,
    table(
      ['', ...names],
      [
        ...all,
        ['first import', ...imports],
        ['packages installed', ...sizes.map(({ packages }) => packages)],
        ['unpacked', ...sizes.map(({ unpacked }) => kilobytes(unpacked))],
        ['minified and gzipped', ...sizes.map(({ gzipped }) => kilobytes(gzipped))],
      ],
    ),
    `Measured on ${date}, ${machineLine(machine)}. Node's own limit, one \`createHmac('sha1', keyObject)\` digest: ${limits(runtimes)}.\n`,
  ].join('\n\n');
}

function limits(runtimes) {
  return runtimes
    .map(({ versions, groups }) => {
      const { contenders } = groups.find(({ id }) => id === 'generate-sha1');
      const { samples } = contenders.find(({ limit }) => limit);
      return `${time(median(samples))} on Node ${versions.node.split('.')[0]}`;
    })
    .join(', ');
}

function machineLine({ processor, cores, load }) {
  return `${processor}, ${cores} cores, load ${load.toFixed(1)} at the start`;
}

function byTime(contenders) {
  return [...contenders].sort((a, b) => median(a.samples) - median(b.samples));
}

function table(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, i) => (i === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}

function time(nanoseconds) {
  if (Math.abs(nanoseconds) < 100) return `${nanoseconds.toFixed(1)} ns`;
  if (nanoseconds < 1000) return `${nanoseconds.toFixed(0)} ns`;
  if (nanoseconds < 1e6) return `${(nanoseconds / 1e3).toPrecision(3)} µs`;
  return `${(nanoseconds / 1e6).toPrecision(3)} ms`;
}

function percent(share) {
  return `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;
}

function kilobytes(bytes) {
  return bytes < 1e6 ? `${(bytes / 1e3).toPrecision(3)} kB` : `${(bytes / 1e6).toPrecision(3)} MB`;
}
