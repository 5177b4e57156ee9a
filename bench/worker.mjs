// Runs the groups under one runtime and prints what it measured as JSON. Started by run.mjs.
import { createGroups, createGrowth, refreshCodes } from './groups.mjs';
import { fitLine, measure, median } from './measure.mjs';

const quick = process.argv.includes('--quick');
const settings = {
  ...(quick ? { rounds: 3, batch: 0.2, warmUp: 1 } : { rounds: 201, batch: 1, warmUp: 150 }),
  beforeRound: refreshCodes,
};

const groups = await createGroups();
for (const { title, contenders } of groups) await checkResults(title, contenders);

const together = new Map();
for (const group of groups) {
  const key = group.together ?? group.id;
  together.set(key, [...(together.get(key) ?? []), group]);
}
for (const members of together.values()) {
  const contenders = members.flatMap((group) => group.contenders);
  const rounds = Math.min(settings.rounds, members[0].rounds ?? Infinity);
  const measured = await measure(contenders, { ...settings, rounds });
  for (const [i, samples] of measured.entries()) contenders[i].samples = samples;
}

const growth = [];
for (const { id, title, points } of createGrowth()) {
  const measured = await measure(points, settings);
  const line = measured.map((samples, i) => [points[i].x, median(samples)]);
  growth.push({ id, title, points: line, ...fitLine(line) });
}

const report = groups.map(({ id, title, contenders }) => ({
  id,
  title,
  contenders: contenders.map(({ name, limit = false, samples }) => ({ name, limit, samples })),
}));
console.log(JSON.stringify({ versions: process.versions, groups: report, growth }));

/** Twice: a step that ended between a call and its check may excuse the first failure, not the second. */
async function checkResults(title, contenders) {
  for (const { name, fn, check } of contenders) {
    for (let attempt = 1; ; attempt++) {
      refreshCodes();
      if (check(await fn(0))) break;
      if (attempt === 2) throw new Error(`${title}: ${name} gave a wrong result`);
    }
  }
}
