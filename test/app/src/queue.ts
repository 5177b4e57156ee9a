// The queue for slow hashes. Work waits here before it counts or writes anything, so that a refusal changes nothing.

export class Busy extends Error {}

/** First the second steps and the browsers that are known, last the sign-ups of strangers. */
export type Lane = 'known' | 'login' | 'account' | 'register';

interface Job {
  run(): Promise<void>;
  refuse(reason: Busy): void;
}

const lanes: Record<Lane, Job[]> = { known: [], login: [], account: [], register: [] };
const mostWaiting = 200;
/** Node runs scrypt on four threads, which files and name look-ups need too. */
const mostRunning = 2;
let running = 0;

/** Of too many the newest go first and the oldest are refused: who comes after a flood gets in, and the flood waits. */
export function slowly<T>(lane: Lane, work: () => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const waiting = lanes[lane];
    waiting.push({ run: () => work().then(resolve, reject), refuse: reject });
    if (waiting.length > mostWaiting) waiting.shift()?.refuse(new Busy(`The lane ${lane} is full.`));
    startNext();
  });
}

function startNext() {
  if (running === mostRunning) return;
  const job = Object.values(lanes)
    .find((waiting) => waiting.length > 0)
    ?.pop();
  if (!job) return;
  running++;
  void job.run().then(() => {
    running--;
    startNext();
  });
}

const mostOfOneUser = 3;
const ofUser = new Map<string, number>();

/** For what someone asks for while logged in: nobody fills the lane alone, and a double click is no trouble. */
export async function slowlyFor<T>(userId: string, work: () => Promise<T>): Promise<T> {
  const count = ofUser.get(userId) ?? 0;
  if (count === mostOfOneUser) throw new Busy('One user asks for too much at once.');
  ofUser.set(userId, count + 1);
  try {
    return await slowly('account', work);
  } finally {
    const left = (ofUser.get(userId) ?? 1) - 1;
    if (left > 0) ofUser.set(userId, left);
    else ofUser.delete(userId);
  }
}
