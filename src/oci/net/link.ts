/** `Link` headers (RFC 8288): the next page of a list, which must be a page of the same list. */
import type { ErrorContext } from '../errors/base.ts';
import { LinkRejectedError } from '../errors/network.ts';

const maxLength = 16 * 1024;

/**
 * The URL of the next page; undefined on the last one.
 * @param page the URL of this page: another origin or path is refused
 * @throws {LinkRejectedError} when there is a next page that may not be asked for
 */
export function nextPage(
  header: string | undefined,
  page: URL,
  context: ErrorContext,
): URL | undefined {
  if (header === undefined || header === '') return undefined;
  if (header.length > maxLength) throw new LinkRejectedError('the Link is too long', context);
  const target = relNext(header);
  if (target === undefined) return undefined;
  const url = URL.parse(target, page.href);
  if (url === null) throw new LinkRejectedError('the Link is no URL', context);
  if (url.origin !== page.origin || url.pathname !== page.pathname || url.username !== '')
    throw new LinkRejectedError('the Link leads out of the list', context);
  url.hash = '';
  return url;
}

/** Scans `<target>; param; param, <target>; …` once. */
function relNext(header: string): string | undefined {
  let at = 0;
  for (;;) {
    const open = header.indexOf('<', at);
    if (open < 0) return undefined;
    const close = header.indexOf('>', open);
    if (close < 0) return undefined;
    const end = endOfParams(header, close + 1);
    if (isNext(header.slice(close + 1, end))) return header.slice(open + 1, close);
    at = end;
  }
}

function endOfParams(header: string, start: number): number {
  let quoted = false;
  for (let at = start; at < header.length; at += 1) {
    const char = header[at];
    if (char === '\\' && quoted) at += 1;
    else if (char === '"') quoted = !quoted;
    else if (char === ',' && !quoted) return at;
  }
  return header.length;
}

function isNext(params: string): boolean {
  return params.split(';').some((param) => {
    const [name = '', value = ''] = param.split('=', 2);
    const rels = value.trim().replaceAll('"', '').toLowerCase().split(/\s+/u);
    return name.trim().toLowerCase() === 'rel' && rels.includes('next');
  });
}
