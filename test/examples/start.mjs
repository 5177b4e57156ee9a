// Starts one of the apps: node start.mjs express (or fastify, hono, nest; the last one needs `npm run build`).
const apps = {
  express: './express.mjs',
  fastify: './fastify.mjs',
  hono: './hono.mjs',
  nest: './nest/dist/main.js',
};
const [, , name = ''] = process.argv;
if (!Object.hasOwn(apps, name)) {
  console.error(`Which app? One of ${Object.keys(apps).join(', ')}.`);
  process.exit(1);
}
await import(apps[name]);
