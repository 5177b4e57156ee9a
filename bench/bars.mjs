// What the library promises about its speed, as ratios within one run.
import { median, ratio } from './measure.mjs';

/** Each promise: its ratio, the limit, which peer it was measured against, and whether it held. */
export function checkBars({ groups, imports }) {
  const find = (id) => groups.find((group) => group.id === id);
  const bars = [];
  const add = (title, value, limit, against) =>
    bars.push({ title, value, limit, against, held: value <= limit });

  const generate = find('generate-sha1');
  const hmac = generate.contenders.find(({ limit }) => limit);
  add('generate / bare createHmac with a KeyObject', ratio(own(generate), hmac.samples), 0.6, hmac.name);

  const right = find('verify-current-1');
  const previous = find('verify-previous-1');
  const wrong = find('verify-wrong-1');
  const slowest = [right, previous, wrong].map(own).sort((a, b) => median(b) - median(a))[0];
  const bestCase = closest(slowest, [...peers(right), ...peers(previous)]);
  add("verify ±1, slowest case / the fastest peer's best case", bestCase.value, 1, bestCase.against);
  const wrongCode = closest(own(wrong), peers(wrong));
  add('verify ±1, wrong code / the fastest peer', wrongCode.value, 1 / 3, wrongCode.against);

  for (const id of ['encode-20', 'encode-64', 'decode-20', 'decode-64', 'uri-build', 'uri-parse']) {
    const group = find(id);
    const { value, against } = closest(own(group), peers(group));
    add(`${group.title} / the fastest peer`, value, 1, against);
  }

  const [crypto, otpure] = ['node:crypto', 'otpure'].map((name) =>
    imports.find((entry) => entry.name === name),
  );
  add('import / importing node:crypto', ratio(otpure.samples, crypto.samples), 1.3, 'node:crypto');
  return bars;
}

export function own({ contenders }) {
  return contenders.find(({ name }) => name === 'otpure').samples;
}

export function peers({ contenders }) {
  return contenders.filter(({ name, limit }) => !limit && !name.startsWith('otpure'));
}

/** The peer that comes closest to some samples, or is furthest ahead of them. */
export function closest(samples, others) {
  return others
    .map(({ name, samples: theirs }) => ({ against: name, value: ratio(samples, theirs) }))
    .sort((a, b) => b.value - a.value)[0];
}
