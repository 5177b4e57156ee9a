// Puts the parts together: port, database, app.
import { serve } from '@hono/node-server';
import type { Config } from './config.js';
import { createStore, openDatabase, type Store } from './database.js';
import { deriveKeys } from './keys.js';
import { createApp } from './routes.js';

/** `now` is an argument, so that tests can bring their own clock and production has no switch for it. */
export async function startServer(config: Config, now: () => number = Date.now) {
  const keys = deriveKeys(config.appKey);
  let open: (store: Store) => void = () => {};
  const app = new Promise<Store>((resolve) => {
    open = resolve;
  }).then((store) => createApp(config, store, keys, now));

  // The port first: it is taken where another process runs, and two must not open one PGlite folder.
  const server = serve({
    fetch: async (request, env) => (await app).fetch(request, env),
    hostname: config.host,
    port: config.port,
  });
  await new Promise<void>((resolve, reject) => {
    server.once('listening', resolve);
    server.once('error', (error) =>
      reject(
        new Error(`${config.host}:${config.port} can't be listened on; PORT sets another.`, { cause: error }),
      ),
    );
  });

  const database = await openDatabase(config.database);
  const store = createStore(database, keys, now);
  open(store);

  const stop = () => {
    server.close(() => database.close().then(() => process.exit(0)));
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  return { store };
}
