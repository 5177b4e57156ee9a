// Times one target and prints what Welch's t-test makes of it. Started by timing.mjs, a process a target,
// so that none is compiled for the inputs of another.
import { shuffle } from './measure.mjs';
import { CONTROLS, NULL_TESTS, TARGETS } from './timing-targets.mjs';
import { compareClasses } from './welch.mjs';

const [name, count] = [process.argv[2], Number(process.argv[3])];
const { create, run, check, isAsync = false } = { ...TARGETS, ...CONTROLS, ...NULL_TESTS }[name];

// Inputs are made anew all the time: where in memory they happen to lie would otherwise favour a class.
const POOL = 512;
const PASSES = 4;
const WARM_UP = Math.min(count, 30_000);

const times = new Float64Array(count);
const classes = new Uint8Array(count);
const holder = { value: undefined };

for (let done = -WARM_UP; done < count; ) {
  const pool = Array.from({ length: POOL }, () => {
    const kind = Math.random() < 0.5 ? 0 : 1;
    return { kind, input: create(kind) };
  });
  for (let pass = 0; pass < PASSES; pass++) {
    for (const { kind, input } of shuffle(pool)) {
      const nanoseconds = isAsync ? await timeAsync(input) : time(input);
      if (!check(holder.value, kind)) throw new Error(`${name} gave a wrong result`);
      if (done >= 0 && done < count) {
        times[done] = nanoseconds;
        classes[done] = kind;
      }
      done++;
    }
  }
}
console.log(JSON.stringify(compareClasses(times, classes)));

function time(input) {
  const start = process.hrtime.bigint();
  holder.value = run(input);
  return Number(process.hrtime.bigint() - start);
}

async function timeAsync(input) {
  const start = process.hrtime.bigint();
  holder.value = await run(input);
  return Number(process.hrtime.bigint() - start);
}
