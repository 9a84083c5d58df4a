/**
 * The revision in a `resourceVersion`; `undefined` when it is not a decimal number that one can be. The empty string is
 * the caller's matter.
 */
export function parseResourceVersion(text: string): number | undefined {
  if (!/^\d+$/.test(text)) return undefined;
  const revision = Number(text);
  return Number.isSafeInteger(revision) ? revision : undefined;
}
