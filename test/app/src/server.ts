// Puts the parts together: port, database, app.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { serve } from '@hono/node-server';
import { type Config, readConfig } from './config.js';
import { createStore, openDatabase, type Store } from './database.js';
import { deriveKeys } from './keys.js';
import { createApp } from './routes.js';

interface Options {
  /** An argument, so that tests can bring their own clock and production has no switch for it. */
  now?: () => number;
  /** What has to be there before the first request is answered. */
  prepare?: (store: Store) => Promise<void>;
}

/** With the settings of the environment. What is wrong with them is one sentence. */
export async function start(env: NodeJS.ProcessEnv, options?: Options): Promise<Config> {
  try {
    const config = readConfig(env);
    await startServer(config, options);
    return config;
  } catch (error) {
    console.error(error instanceof Error ? error.message || error : error);
    process.exit(1);
  }
}

export async function startServer(config: Config, { now = Date.now, prepare }: Options = {}) {
  let app: ReturnType<typeof createApp> | undefined;
  // The port first: it is taken where another process runs, and two must not open one PGlite folder.
  const server = serve({
    fetch: (request, env) => app?.fetch(request, env) ?? new Response('Starting', { status: 503 }),
    hostname: config.host,
    port: config.port,
    // Longer than a proxy keeps a connection, or it would send a request into one that is being closed.
    serverOptions: { keepAliveTimeout: 65_000 },
  });
  await once(server, 'listening').catch(() => {
    throw new Error(`HOST and PORT: ${config.host}:${config.port} can't be listened on.`);
  });

  const database = await openDatabase(config.database);
  const store = createStore(database, now);
  await prepare?.(store);
  // Not made an administrator later: whoever registers the address first would be one. And not without two-factor
  // login: whoever steals the password could set it up, and then switch it off for everyone.
  const noAdmin = `ADMIN: ${config.admin} has no account with two-factor login. Set both up first, without ADMIN.`;
  assert(!config.admin || (await store.makeAdmin(config.admin)), noAdmin);
  const sweep = () => store.deleteExpired().catch((error) => console.error(`sweep: ${error.message}`));
  await sweep();
  setInterval(sweep, 10 * 60_000).unref();
  app = createApp(config, store, deriveKeys(config.appKey), now);

  const stop = () => {
    server.close(() => database.close().then(() => process.exit(0)));
    // For those that send slowly.
    setTimeout(() => 'closeAllConnections' in server && server.closeAllConnections(), 3000);
  };
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, stop);
}
