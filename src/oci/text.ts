/** Longest text of a registry's that is kept in an error or a warning. */
const maxTextLength = 200;

/** C0, DEL, C1, zero-width and bidirectional controls, line separators, the byte order mark. */
// eslint-disable-next-line no-control-regex
const unsafe = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff]+/gu;
// eslint-disable-next-line no-control-regex
const ansi = /\u001b\[[0-9;?]*[a-zA-Z]/gu;

/** User information of a URL. */
const userInfo = /\b([a-z][a-z0-9+.-]{0,15}:\/\/)[^\s/@]{1,256}@/giu;
/** Servers quote what they were sent. A word without digits or signs after `Basic` is only a word. */
const authorization = /\b(basic|bearer)\s+(?=[\w~+/-]{0,64}[\d=.])[\w.~+/=-]{8,}/giu;

/**
 * Text from outside, fit for a log line or a status: no control, ANSI or bidirectional characters, no credentials of
 * URLs and headers, well-formed Unicode, at most 200 characters.
 */
export function cleanText(text: string, maxLength = maxTextLength): string {
  // Bounds the work before the regular expressions see it.
  const bounded = text.slice(0, maxLength * 8);
  const cleaned = bounded
    .replace(ansi, '')
    .replace(unsafe, ' ')
    .replace(userInfo, '$1…@')
    .replace(authorization, '$1 …')
    .toWellFormed()
    .trim();
  return cleaned.length > maxLength ? `${cleaned.slice(0, maxLength - 1)}…` : cleaned;
}

/** A URL that may be shown: without user information and fragment, with every query value replaced by `…`. */
export function redactUrl(url: string | URL): string {
  const parsed = typeof url === 'string' ? URL.parse(url) : url;
  if (parsed === null) return '(invalid URL)';
  const names = [...parsed.searchParams.keys()].slice(0, 16);
  const query = names.map((name) => `${cleanText(encodeURIComponent(name), 64)}=…`).join('&');
  return cleanText(
    `${parsed.protocol}//${parsed.host}${parsed.pathname}${query === '' ? '' : `?${query}`}`,
    1024,
  );
}
