const unitsMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** Milliseconds of a duration as Go and Kubernetes write it: `15m`, `1h30m`, `1.5s`, `500ms`. */
export function parseDuration(text: string): number | undefined {
  if (!/^(?:\d+(?:\.\d+)?(?:ms|s|m|h))+$/.test(text)) return undefined;
  const parts = text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g);
  return Math.round(
    [...parts].reduce(
      (sum, [, count, unit]) => sum + Number(count) * (unitsMs[unit ?? ''] ?? 0),
      0,
    ),
  );
}
