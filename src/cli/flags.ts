/** For flags that may be given several times: commander calls it for each with what came before. */
export function repeated(value: string, before: readonly string[] | undefined): string[] {
  return [...(before ?? []), value];
}

/** The same for flags whose value may be several, divided by commas. */
export function repeatedList(value: string, before: readonly string[] | undefined): string[] {
  return [...(before ?? []), ...value.split(',')];
}
