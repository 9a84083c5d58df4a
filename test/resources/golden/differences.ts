/** Where Sluice answers otherwise than OpenShift 4.13 on purpose. `docs/differences.md` is made from this table. */
export interface Difference {
  /** Scenario and steps, as a pattern over `scenario/step`. */
  readonly steps: RegExp;
  /** Only differences at these places of the answer; all of them when absent. */
  readonly at?: RegExp;
  /** What Sluice does instead, and why; for users. */
  readonly because: string;
}

export const differences: readonly Difference[] = [];
