// Times functions side by side. Other programs disturb a machine for seconds at a time, so contenders
// take turns in short batches in an order drawn anew each round, and what is compared is the median over
// many rounds. Ratios are taken within each round, where both sides met the same disturbance.

const holder = { value: undefined };

/** A loop of its own for each contender: one shared by all would be compiled for none of them. */
function createLoop(isAsync) {
  const body = `return ${isAsync ? 'async ' : ''}(fn, count) => {
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
 * Nanoseconds a call: for each contender, in their order, one number a round.
 *
 * @param contenders `{ fn, isAsync? }`; `fn` gets the number of the iteration.
 * @param settings `rounds`; `batch`, the length of one turn in milliseconds; `warmUp`, the least time
 * a contender runs before it counts, in milliseconds; `beforeRound`, called before each round.
 */
export async function measure(contenders, { rounds, batch, warmUp, beforeRound = () => {} }) {
  const lanes = contenders.map(({ fn, isAsync = false }) => ({
    fn,
    loop: createLoop(isAsync),
    count: 1,
    samples: [],
  }));
  for (const lane of lanes) {
    beforeRound();
    const end = performance.now() + warmUp;
    do {
      const perCall = await timeBatch(lane);
      lane.count = Math.max(1, Math.min(2 * lane.count, Math.round((batch * 1e6) / perCall)));
    } while (performance.now() < end);
  }
  // What ran later in the warm-up may have undone what was compiled for the earlier ones: a quarter of
  // the rounds more, taken like the rest, are not counted.
  for (let round = -Math.ceil(rounds / 4); round < rounds; round++) {
    beforeRound();
    for (const lane of shuffle(lanes)) {
      const sample = await timeBatch(lane);
      if (round >= 0) lane.samples.push(sample);
    }
  }
  return lanes.map(({ samples }) => samples);
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
