// The queue for slow hashes. Work waits here before it counts or writes anything, so that a refusal changes nothing.

export class Busy extends Error {}

/**
 * Kinds of requests, which take turns: second steps and known browsers, other log-ins, what people ask for while
 * logged in, and the sign-ups of strangers. However many come of one kind, the others go on.
 */
export type Lane = 'known' | 'login' | 'account' | 'register';

interface Job {
  user: string | undefined;
  run(): Promise<void>;
  refuse(): void;
}

/** The lane whose turn is next stands first. */
const lanes = new Map<Lane, Job[]>();
const mostWaiting = 200;
/** Nobody fills a lane alone, and a double click is no trouble. */
const mostOfOneUser = 3;
const mostSeconds = 10;
/** Node runs scrypt on four threads, which files and name look-ups need too. */
const mostRunning = 2;
let running = 0;

/**
 * Of one kind the newest go first; of too many the oldest are refused: who comes after a flood gets in, and the flood
 * waits, but nobody for more than ten seconds. `user`: who asks, if that is known.
 */
export function slowly<T>(lane: Lane, work: () => Promise<T>, user?: string): Promise<T> {
  const waiting = lanes.get(lane) ?? [];
  lanes.set(lane, waiting);
  return new Promise((resolve, reject) => {
    if (user && waiting.filter((job) => job.user === user).length === mostOfOneUser)
      return reject(new Busy('One user asks for too much at once.'));
    const refuse = () => {
      clearTimeout(deadline);
      waiting.splice(waiting.indexOf(job), 1);
      reject(new Busy(`The lane ${lane} is full.`));
    };
    const deadline = setTimeout(refuse, mostSeconds * 1000);
    const run = async () => {
      clearTimeout(deadline);
      try {
        resolve(await work());
      } catch (error) {
        reject(error);
      }
    };
    const job = { user, run, refuse };
    waiting.push(job);
    if (waiting.length > mostWaiting) waiting[0]?.refuse();
    startNext();
  });
}

async function startNext() {
  const [lane, waiting] = [...lanes].find(([, waiting]) => waiting.length > 0) ?? [];
  if (!lane || !waiting || running === mostRunning) return;
  lanes.delete(lane);
  lanes.set(lane, waiting);
  running++;
  await waiting.pop()?.run();
  running--;
  startNext();
}
