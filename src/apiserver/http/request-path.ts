/** In hardly any path: something to decode, to leave out or to refuse. */
const special = /[%\\]|\/[./]|[^!-~]/;
/** RFC 9112 3.2.2: what a client sends to a proxy; a server takes it too. */
const absoluteForm = /^https?:\/\/[^/?#]*/i;

/**
 * The path of a request target, decoded, as authorization and whoever serves it both see it. Empty segments are left
 * out, so that `//metrics` and `/metrics/` are `/metrics`.
 * @param target as it stands in the request line
 * @returns `undefined` when it names nothing: broken percent-encoding, a segment `.` or `..`, one that holds a slash, a
 *   backslash or a control character once it is decoded
 */
export function requestPath(target: string): string | undefined {
  const mark = target.indexOf('?');
  const path = mark < 0 ? target : target.slice(0, mark);
  if (path.startsWith('/') && !special.test(path))
    return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
  const own = path.replace(absoluteForm, '');
  if (own === '') return '/';
  if (!own.startsWith('/')) return undefined;
  const segments: string[] = [];
  for (const encoded of own.split('/')) {
    const segment = decoded(encoded);
    if (segment === undefined || !isSegment(segment)) return undefined;
    if (segment !== '') segments.push(segment);
  }
  return `/${segments.join('/')}`;
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** A name never holds these, and whatever resolves a path behind a proxy would take them for something else. */
function isSegment(segment: string): boolean {
  return segment !== '.' && segment !== '..' && !/[/\\\p{Cc}]/u.test(segment);
}
