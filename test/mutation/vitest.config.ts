// The tests that a mutation can make fail: those that read the sources as text see the instrumented ones.
import { mergeConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import base from '../vitest.config.js';

const SLOW = /\/(interleavings|properties|backup-codes|second-factor|sealed-secret)\.test\.ts$/;

/** The quick files first: a mutant's run ends at the first test that fails. */
class QuickFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return files.sort((a, b) => Number(SLOW.test(a.moduleId)) - Number(SLOW.test(b.moduleId)));
  }
}

export default mergeConfig(base, {
  test: {
    sequence: { sequencer: QuickFirst },
    exclude: ['package', 'readme', 'doc-comments', 'types*'].map((name) => `test/${name}.test.ts`),
  },
});
