// Times functions side by side. Other programs disturb a machine for seconds at a time, so contenders
// take turns in short batches in an order drawn anew each round, and what is compared is the median over
// many rounds. Ratios are taken within each round, where both sides met the same disturbance.

const holder = { value: undefined };

let loops = 0;

/**
 * A loop of its own for each contender: one shared by all would be compiled for none of them. The number
 * in it keeps the engine from taking equal sources for one.
 */
function createLoop(isAsync) {
  const body = `/* ${loops++} */ return ${isAsync ? 'async ' : ''}(fn, count) => {
    for (let i = 0; i < count; i++) holder.value = ${isAsync ? 'await ' : ''}fn(i);
  };`;
  // The result goes where the compiler must keep it, or it could leave the whole call out.
  return new Function('holder', body)(holder);
}

async function timeBatch({ loop, fn, count }) {
  const start = process.hrtime.bigint();
  const pending = loop(fn, count);
  if (pending !== undefined) await pending;
  return Number(process.hrtime.bigint() - start) / count;
}

/**
 * Nanoseconds a call: for each contender of each group, in their order, one number a round.
 *
 * The groups take turns as well, in several cycles, so that a quiet minute favours none. The first cycle
 * is not counted: what runs in one group may undo what was compiled for another.
 *
 * @param groups Lists of `{ fn, isAsync? }`; `fn` gets the number of the iteration. A list may carry
 * `rounds`, the most it is to take part in.
 * @param settings `cycles`; `rounds` a cycle; `batch`, the length of one turn in milliseconds; `warmUp`,
 * the least time a contender runs before its first turn, in milliseconds; `beforeRound`, called before
 * each round.
 */
export async function measure(groups, { cycles, rounds, batch, warmUp, beforeRound = () => {} }) {
  const races = groups.map((contenders) =>
    contenders.map(({ fn, isAsync = false }) => ({ fn, loop: createLoop(isAsync), count: 1, samples: [] })),
  );
  for (const lane of races.flat()) {
    beforeRound();
    const end = performance.now() + warmUp;
    do await calibrate(lane, batch);
    while (performance.now() < end);
  }
  for (let cycle = 0; cycle <= cycles; cycle++) {
    for (const [i, lanes] of races.entries()) {
      for (let round = 0; round < Math.min(rounds, groups[i].rounds ?? rounds); round++) {
        beforeRound();
        for (const lane of shuffle(lanes)) {
          if (cycle === 0) await calibrate(lane, batch);
          else lane.samples.push(await timeBatch(lane));
        }
      }
    }
  }
  return races.map((lanes) => lanes.map(({ samples }) => samples));
}

async function calibrate(lane, batch) {
  const perCall = await timeBatch(lane);
  lane.count = Math.max(1, Math.min(2 * lane.count, Math.round((batch * 1e6) / perCall)));
}

export function median(numbers) {
  return quantile(numbers, 0.5);
}

export function quantile(numbers, q) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const position = (sorted.length - 1) * q;
  const low = sorted[Math.floor(position)];
  return low + (sorted[Math.ceil(position)] - low) * (position % 1);
}

/** Half the distance between the quartiles, as a share of the median. */
export function spread(numbers) {
  return (quantile(numbers, 0.75) - quantile(numbers, 0.25)) / 2 / median(numbers);
}

/** The median over the rounds of one contender's time by another's. */
export function ratio(samples, others) {
  return median(samples.map((sample, round) => sample / others[round]));
}

/** The straight line through some points by least squares, and the share of the variance it explains. */
export function fitLine(points) {
  const meanX = points.reduce((sum, [x]) => sum + x, 0) / points.length;
  const meanY = points.reduce((sum, [, y]) => sum + y, 0) / points.length;
  let xx = 0;
  let xy = 0;
  let yy = 0;
  for (const [x, y] of points) {
    xx += (x - meanX) ** 2;
    xy += (x - meanX) * (y - meanY);
    yy += (y - meanY) ** 2;
  }
  return { slope: xy / xx, intercept: meanY - (xy / xx) * meanX, r2: xy ** 2 / (xx * yy) };
}

export function shuffle(items) {
  const shuffled = [...items];
  for (let i = shuffled.length - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1));
    [shuffled[i], shuffled[j]] = [shuffled[j], shuffled[i]];
  }
  return shuffled;
}
