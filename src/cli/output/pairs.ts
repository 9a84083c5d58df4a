/** `k=v` sorted by key. */
export function sortedPairs(values: Readonly<Record<string, string>> | null | undefined): string[] {
  return Object.entries(values ?? {})
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${value}`);
}
