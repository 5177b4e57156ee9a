// Runs the suite in workerd; the modules are put together by run.mjs.
import * as crypto from 'node:crypto';
import { runSuite } from './suite.mjs';
import { vectorFiles } from './vectors.mjs';

export default {
  async test() {
    const vectors = {};
    for (const [name, path] of Object.entries(vectorFiles)) {
      vectors[name] = (await import(`./${path.split('/').pop()}`)).default;
    }
    const otpure = await import('./dist/index.js');
    console.log(JSON.stringify(await runSuite(otpure, vectors, crypto)));
  },
};
