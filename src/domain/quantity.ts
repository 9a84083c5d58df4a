const quantityShape =
  /^([+-]?\d+(?:\.\d*)?|[+-]?\.\d+)(?:[eE]([+-]?\d+)|([KMGTPE]i|[numkMGTPE]))?$/;
const decimalExponents: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};
const binarySuffixes = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];

/** The value of a Kubernetes quantity (`2`, `2Ki`, `1.5G`, `3e6`), rounded up; undefined when it is none. */
export function parseQuantity(text: string): number | undefined {
  const value = quantityValue(text);
  return value === undefined ? undefined : Math.ceil(value);
}

/** The same with its fraction. */
export function quantityValue(text: string): number | undefined {
  const match = quantityShape.exec(text);
  if (match === null) return undefined;
  const [, number = '', exponent, suffix = ''] = match;
  const binary = binarySuffixes.indexOf(suffix);
  const factor =
    binary === -1
      ? 10 ** (decimalExponents[suffix] ?? 0)
      : 1024 ** binary * 10 ** Number(exponent ?? 0);
  return Number(number) * factor;
}

/** Whole bytes as a quantity with the largest binary suffix that loses nothing: `2Ki`, `999999`. */
export function binaryQuantity(bytes: number): string {
  let value = bytes;
  let suffix = 0;
  while (value !== 0 && value % 1024 === 0 && suffix < binarySuffixes.length - 1) {
    value /= 1024;
    suffix += 1;
  }
  return `${value}${binarySuffixes[suffix] ?? ''}`;
}
