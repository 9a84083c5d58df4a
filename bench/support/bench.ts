/** What the module of a benchmark exports. `bench/main.ts` lists them. */
export interface Bench {
  /** One line for `npm run bench` without a name. */
  readonly description: string;
  run(context: BenchContext): Promise<BenchResult>;
}

export interface BenchContext {
  /** Says on standard error what goes on. */
  progress(text: string): void;
  /** Whatever stands after the name on the command line. */
  readonly args: readonly string[];
}

/** What was measured; only the figures that apply. */
export interface BenchResult {
  /** How many things were done: tags checked, images imported, objects written. */
  readonly items: number;
  /** Requests to registries. */
  readonly requests?: number;
  /** Connections to registries that were open at one time, at most. */
  readonly sockets?: number;
  readonly seconds: number;
  readonly cpuSeconds?: number;
  readonly peakRssMiB?: number;
  readonly p50Ms?: number;
  readonly p99Ms?: number;
  /** Figures that only this benchmark has. */
  readonly details?: Readonly<Record<string, unknown>>;
  /** Every limit beside its figure. */
  readonly targets?: readonly Target[];
  /** What the figures must not exceed, or must reach: each sentence of a limit that was missed. */
  readonly missed?: readonly string[];
}

/** A figure and its bound. */
export interface Limit {
  readonly name: string;
  readonly value: number;
  readonly atMost?: number;
  readonly atLeast?: number;
}

/** A limit with what was measured. */
export interface Target {
  readonly name: string;
  readonly measured: number;
  /** `>= 645` */
  readonly target: string;
  readonly holds: boolean;
}

/** Every limit with what was measured and whether it holds. */
export function judged(limits: readonly Limit[]): Target[] {
  return limits.map((limit) => ({
    name: limit.name,
    measured: limit.value,
    target: [
      ...(limit.atLeast === undefined ? [] : [`>= ${limit.atLeast}`]),
      ...(limit.atMost === undefined ? [] : [`<= ${limit.atMost}`]),
    ].join(', '),
    holds: missedLimits([limit]).length === 0,
  }));
}

/** One sentence for each limit that was missed. */
export function missedLimits(limits: readonly Limit[]): string[] {
  return limits.flatMap(({ name, value, atMost, atLeast }) => {
    if (atMost !== undefined && value > atMost) return [`${name} ${value} > ${atMost}`];
    if (atLeast !== undefined && value < atLeast) return [`${name} ${value} < ${atLeast}`];
    return [];
  });
}
