// The queue for slow hashes. All but sign-ups wait here before they count or write anything: a refusal changes nothing.

export class Busy extends Error {}

/**
 * Kinds of requests, which take turns: second steps and known browsers, other log-ins, what people ask for while
 * logged in, new backup codes, and the sign-ups of strangers. However many come of one kind, the others go on.
 */
export type Lane = 'known' | 'login' | 'account' | 'codes' | 'register';

interface Place {
  user: string | undefined;
  start: () => void;
  refuse: () => void;
}

/** The lane whose turn is next stands first. */
const lanes = new Map<Lane, Set<Place>>();
const mostWaiting = 200;
/** Nobody fills a lane alone, and a double click is no trouble. */
const mostOfOneUser = 3;
const mostSeconds = 10;
/** Hashes are computed on four threads, which files and name look-ups need too. */
const mostRunning = 2;
const running: Lane[] = [];
/** When each user's last turn was, the latest last. */
const turns = new Map<string | undefined, number>();

/**
 * Of one kind, those go first whose last turn is longest ago, and of those the newest; of too many the oldest are
 * refused. So whoever comes after a flood gets in at once, and in the middle of one, whoever is known by `user`.
 */
export async function slowly<T>(lane: Lane, work: () => Promise<T>, user?: string): Promise<T> {
  const waiting = lanes.get(lane) ?? new Set();
  lanes.set(lane, waiting);
  if (user && [...waiting].filter((place) => place.user === user).length === mostOfOneUser)
    throw new Busy('One user asks for too much at once.');
  await new Promise<void>((start, reject) => {
    const refuse = () => waiting.delete(place) && reject(new Busy(`The lane ${lane} is full.`));
    const place: Place = { user, start, refuse };
    waiting.add(place);
    setTimeout(refuse, mostSeconds * 1000).unref();
    if (waiting.size > mostWaiting) [...waiting][0]?.refuse();
    startNext();
  });
  try {
    return await work();
  } finally {
    running.splice(running.indexOf(lane), 1);
    startNext();
  }
}

function startNext() {
  // A set of backup codes takes long, and anyone can ask for one again and again: never in both places.
  const mayStart = (lane: Lane) => lane !== 'codes' || !running.includes(lane);
  const [lane, waiting] = [...lanes].find(([lane, { size }]) => size > 0 && mayStart(lane)) ?? [];
  if (!lane || !waiting || running.length === mostRunning) return;
  lanes.delete(lane);
  lanes.set(lane, waiting);
  const lastTurn = ({ user }: Place) => turns.get(user) ?? 0;
  const [next] = [...waiting].reverse().sort((a, b) => lastTurn(a) - lastTurn(b)) as [Place];
  turns.delete(next.user);
  turns.set(next.user, performance.now());
  for (const [user] of turns) if (turns.size > 10_000) turns.delete(user);
  waiting.delete(next);
  running.push(lane);
  next.start();
}
