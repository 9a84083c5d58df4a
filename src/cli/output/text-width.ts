/** How many code points a text has, which is what columns are counted in. */
export function textWidth(text: string): number {
  return Array.from(text).length;
}
