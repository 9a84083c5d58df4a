import type { ApiRequest } from './messages.ts';

/** Headers that say who asks. */
const single: ReadonlySet<string> = new Set(['authorization', 'cookie']);
const prefixes: readonly string[] = ['x-remote-', 'impersonate-'];

/**
 * The request as it goes on once it is known who asks: nobody behind can take an identity from its headers, or tell a
 * credential.
 */
export function withoutIdentity(request: ApiRequest): ApiRequest {
  return {
    ...request,
    headers: Object.fromEntries(Object.entries(request.headers).filter(([name]) => isKept(name))),
    rawHeaders: request.rawHeaders.filter((_, index, all) =>
      isKept((all[index - (index % 2)] ?? '').toLowerCase()),
    ),
  };
}

function isKept(name: string): boolean {
  return !single.has(name) && !prefixes.some((prefix) => name.startsWith(prefix));
}
