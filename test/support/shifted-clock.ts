/**
 * Loaded before a program (`node --import`), this sets the clock of its machine off by `TEST_CLOCK_SHIFT_MS`: `Date.now()`,
 * `new Date()` and `Date()`. Timers and `performance.now()` run as ever.
 */
const shiftMs = Number(process.env['TEST_CLOCK_SHIFT_MS'] ?? 0);
const machineNow = Date.now;

function shiftedNow(): number {
  return machineNow() + shiftMs;
}

Date.now = shiftedNow;
globalThis.Date = new Proxy(Date, {
  apply: () => new Date().toString(),
  construct: (target, args, newTarget) =>
    Reflect.construct(target, args.length === 0 ? [shiftedNow()] : args, newTarget) as Date,
});
