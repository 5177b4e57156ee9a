// Compares the packed library with others: codes and URIs both ways, and moving in from each.
//
//   npm run bench:peers -- [--seed N] [--uris 2000]
import { mock } from 'node:test';
import { installPrivate, packTarball } from '../test/tools/install.mjs';

installPrivate(import.meta.dirname, packTarball());
mock.timers.enable({ apis: ['Date'] }); // some libraries take no time
await import('./comparison.mjs');
await import('./moving.mjs');
