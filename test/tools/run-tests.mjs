import { resolve } from 'node:path';
import { Writable } from 'node:stream';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';

/**
 * Runs test files with Node's own runner and ends with one plain line of counts. The exit code is set,
 * not forced, so that what was printed arrives; no test run at all is a failure too.
 */
export async function runTests(name, files) {
  const count = { passed: 0, failed: 0, skipped: 0 };
  const events = run({ files: files.map((file) => resolve(file)), concurrency: 2 });
  const reasons = new Set();
  events.on('test:pass', ({ skip, details }) => {
    if (skip !== undefined) reasons.add(skip);
    if (details.type !== 'suite') count[skip === undefined ? 'passed' : 'skipped']++;
  });
  events.on('test:fail', () => count.failed++);
  await new Promise((done, fail) => {
    const out = new Writable({
      write(chunk, _encoding, next) {
        process.stdout.write(chunk);
        next();
      },
      final(next) {
        next();
        done();
      },
    });
    events.on('error', fail);
    events.compose(new spec()).pipe(out);
  });
  for (const reason of reasons) console.log(`\nSKIPPED, NOT TESTED: ${reason}`);
  const skipped = count.skipped > 0 ? `, ${count.skipped} skipped` : '';
  console.log(`${name}: ${count.passed} passed, ${count.failed} failed${skipped}`);
  if (count.failed > 0 || count.passed === 0) process.exitCode = 1;
}
