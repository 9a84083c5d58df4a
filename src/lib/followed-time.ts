/** What rounding to whole milliseconds takes or adds. */
const halfMs = 0.5;

/**
 * The time of another machine, of which this one hears now and then. Between two answers it runs on by this process's own
 * timer (`performance.now`), so neither a wrong clock of this machine nor one that is set anew changes it.
 */
export class FollowedTime {
  /** What is added to `performance.now()`, in milliseconds. */
  #aheadMs: number | undefined;

  /**
   * Takes up an answer. The other machine read its clock at some moment between question and answer; while the time here
   * is one of those, it stays as it is, so a slow answer moves nothing.
   * @param time what was answered, in milliseconds since the epoch
   * @param askedAt when the question went out, as `performance.now()`
   * @param answeredAt when the answer came in
   * @returns by how many milliseconds the time here was moved; 0 at the first answer
   */
  hear(time: number, askedAt: number, answeredAt: number): number {
    const [least, most] = [time - halfMs - answeredAt, time + halfMs - askedAt];
    const before = this.#aheadMs ?? (least + most) / 2;
    this.#aheadMs = Math.min(Math.max(before, least), most);
    return this.#aheadMs - before;
  }

  /** Milliseconds since the epoch, an integer. @throws {Error} before anything was heard */
  now(): number {
    if (this.#aheadMs === undefined) throw new Error('nobody has told the time yet');
    return Math.floor(performance.now() + this.#aheadMs);
  }
}
