// Runs the groups in this process and prints what it measured as JSON. Started by run.mjs.
import { createGroups, createGrowth, refreshCodes } from './groups.mjs';
import { measure } from './measure.mjs';

const quick = process.argv.includes('--quick');
const settings = {
  ...(quick
    ? { cycles: 1, rounds: 1, batch: 0.2, warmUp: 1 }
    : { cycles: 2, rounds: 41, batch: 1, warmUp: 50 }),
  beforeRound: refreshCodes,
};

const groups = await createGroups();
for (const { title, contenders } of groups) await checkResults(title, contenders);

const together = new Map();
for (const group of groups) {
  const key = group.together ?? group.id;
  together.set(key, [...(together.get(key) ?? []), group]);
}
const races = [...together.values()].map((members) => {
  const race = members.flatMap((group) => group.contenders);
  return Object.assign(race, { rounds: members[0].rounds });
});
const growth = createGrowth();
const measured = await measure([...races, ...growth.map(({ points }) => points)], settings);
for (const [i, race] of races.entries()) {
  for (const [j, contender] of race.entries()) contender.samples = measured[i][j];
}
for (const [i, { points }] of growth.entries()) {
  for (const [j, point] of points.entries()) point.samples = measured[races.length + i][j];
}

console.log(JSON.stringify({ versions: process.versions, groups, growth }));

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
