// Whether two kinds of input take different times: Welch's t over cropped timings, as in dudect
// (Reparaz, Balasch, Verbauwhede: "Dude, is my code constant time?").

/** What counts as a leak: with any number of timings, equal times stay far below. */
export const THRESHOLD = 10;

// Interruptions make a long upper tail that hides small differences: the slowest are left out, at
// several limits, because which one shows a difference best depends on where it lies.
const CROPS = [0.5, 0.75, 0.9, 0.95, 0.99, 1];

/**
 * The clearest difference between the two classes at any crop.
 *
 * @param times Nanoseconds.
 * @param classes 0 or 1 for each time.
 * @returns `t`, positive where class 1 is slower; the `difference` of the means in nanoseconds; and the
 * least difference that would have counted, `visible`.
 */
export function compareClasses(times, classes) {
  const sorted = Float64Array.from(times).sort();
  let clearest = { t: 0, difference: 0, crop: 1 };
  let leastError = Infinity;
  for (const crop of CROPS) {
    const limit = sorted[Math.ceil(sorted.length * crop) - 1];
    const found = { ...welch(times, classes, limit), crop };
    leastError = Math.min(leastError, found.error);
    if (Math.abs(found.t) > Math.abs(clearest.t)) clearest = found;
  }
  return { ...clearest, visible: THRESHOLD * leastError, median: sorted[sorted.length >> 1] };
}

function welch(times, classes, limit) {
  const count = [0, 0];
  const mean = [0, 0];
  const squares = [0, 0];
  for (let i = 0; i < times.length; i++) {
    if (times[i] > limit) continue;
    const kind = classes[i];
    count[kind]++;
    const distance = times[i] - mean[kind];
    mean[kind] += distance / count[kind];
    squares[kind] += distance * (times[i] - mean[kind]);
  }
  const variances = squares.map((sum, kind) => sum / (count[kind] - 1) / count[kind]);
  const difference = mean[1] - mean[0];
  const error = Math.sqrt(variances[0] + variances[1]);
  return { t: error > 0 ? difference / error : 0, difference, error };
}
