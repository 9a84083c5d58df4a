const timeShape =
  /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:[Zz]|([+-])(\d\d):(\d\d))$/;
const secondsOfDay = 86_400;

/** Seconds since 1970 of an RFC 3339 time, fractions dropped; undefined when it is none. */
export function epochSeconds(text: string): number | undefined {
  const match = timeShape.exec(text);
  if (match === null) return undefined;
  const numbers = match.map(Number);
  const days = dayNumber(numbers[1], numbers[2], numbers[3]);
  const clock = secondOfDay(numbers[4], numbers[5], numbers[6]);
  if (days === undefined || clock === undefined) return undefined;
  const [hours = 0, minutes = 0] = match[7] === undefined ? [] : numbers.slice(8);
  const offset = (hours * 60 + minutes) * 60;
  return days * secondsOfDay + clock + (match[7] === '-' ? offset : -offset);
}

/** RFC 3339 in UTC with second precision: `2026-01-10T09:00:03Z`. */
export function rfc3339(seconds: number): string {
  const days = Math.floor(seconds / secondsOfDay);
  const rest = seconds - days * secondsOfDay;
  const [year, month, day] = dateOf(days);
  const clock = [Math.floor(rest / 3600), Math.floor(rest / 60) % 60, rest % 60].map(two);
  return `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}T${clock.join(':')}Z`;
}

/** The same time in UTC with second precision; null for the zero time of Go and for what is no time. */
export function normalTime(text: unknown): string | null {
  const seconds = typeof text === 'string' ? epochSeconds(text) : undefined;
  if (seconds === undefined) return null;
  const normal = rfc3339(seconds);
  return normal === '0001-01-01T00:00:00Z' ? null : normal;
}

// Howard Hinnant's days_from_civil: years begin in March, so that leap days come last.
function daysFromEpoch(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  const dayOfEra =
    yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

function dateOf(days: number): [number, number, number] {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear =
    dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1;
  const month = ((shiftedMonth + 2) % 12) + 1;
  return [yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day];
}

function dayNumber(year = 0, month = 0, day = 0): number | undefined {
  if (month < 1 || month > 12 || day < 1 || day > daysOfMonth(year, month)) return undefined;
  return daysFromEpoch(year, month, day);
}

function secondOfDay(hour = 0, minute = 0, second = 0): number | undefined {
  return hour > 23 || minute > 59 || second > 59 ? undefined : hour * 3600 + minute * 60 + second;
}

function daysOfMonth(year: number, month: number): number {
  const next = month === 12 ? daysFromEpoch(year + 1, 1, 1) : daysFromEpoch(year, month + 1, 1);
  return next - daysFromEpoch(year, month, 1);
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
