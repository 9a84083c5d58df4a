/** What `layer.ts` uses of pako, which ships no types. */
declare module 'pako' {
  export function gzip(
    data: Uint8Array,
    options: { readonly level: 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 },
  ): Uint8Array;
}
