import type { Reporter, TestModule } from 'vitest/node';

/** Closes a run with the plain line `N passed, N failed, N skipped`. */
// eslint-disable-next-line import/no-default-export -- vitest asks for one
export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const count = { passed: 0, failed: 0, skipped: 0, pending: 0 };
    for (const module of modules)
      for (const test of module.children.allTests()) count[test.result().state] += 1;
    process.stdout.write(
      `${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped\n`,
    );
  }
}
