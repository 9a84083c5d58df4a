/**
 * Freezes a JSON value with everything in it, so that it can be shared; what is frozen already is taken to be so in its
 * depth.
 * @returns the value itself
 */
export function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const part of Object.values(value)) frozen(part);
  return Object.freeze(value);
}
