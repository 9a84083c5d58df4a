import type { Verb } from '../resource.ts';
import type { ApiRequest } from './messages.ts';

/** A request about resources: `/api/v1/…` and `/apis/GROUP/VERSION/…`. */
export interface ResourceRequestInfo {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  /** `undefined` for a method that means nothing on resources. */
  readonly verb: Verb | undefined;
  /** The path is the one from before there were groups: apiVersions are said and read without theirs. */
  readonly groupless?: boolean;
}

/** A group that is also served under a path of its own from before there were groups, which discovery does not list. */
export interface LegacyRoot {
  /** `oapi`: as `/oapi/VERSION/…`. */
  readonly root: string;
  readonly group: string;
}

/** Subresources of a namespace; anything else behind `namespaces/NAME` lives in that namespace. */
const namespaceSubresources: ReadonlySet<string> = new Set(['status', 'finalize']);

/**
 * What the path and the method ask for; `undefined` when the path is not about a resource. After k8s.io/apiserver's
 * RequestInfo: `[watch/] [namespaces/NS/] RESOURCE [/NAME [/SUBRESOURCE]]` behind the group and version.
 */
export function resourceRequestInfo(
  request: Pick<ApiRequest, 'method' | 'path' | 'query'>,
  legacyRoots: readonly LegacyRoot[] = [],
): ResourceRequestInfo | undefined {
  const parts = pathSegments(request.path);
  const groupVersion = splitGroupVersion(parts, legacyRoots);
  if (groupVersion === undefined) return undefined;
  const { rest, ...named } = groupVersion;
  const watchPrefix = rest[0] === 'watch';
  const place = splitNamespace(watchPrefix ? rest.slice(1) : rest);
  const [resource = '', name = '', subresource = '', ...more] = place.rest;
  if (resource === '' || more.length > 0) return undefined;
  const watching = watchPrefix || isTrue(request.query.get('watch'));
  return {
    ...named,
    resource,
    subresource,
    namespace: resource === 'namespaces' && named.group === '' ? '' : place.namespace,
    name,
    verb: verbOf(request.method, name !== '', watching),
  };
}

/** The parts of a path, without empty ones. */
export function pathSegments(path: string): readonly string[] {
  return path.split('/').filter((part) => part !== '');
}

/** A boolean query parameter as Go's strconv reads it; a bare `?watch` counts as true. */
export function isTrue(value: string | null): boolean {
  return value !== null && !['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(value);
}

interface GroupVersionPath {
  readonly group: string;
  readonly version: string;
  readonly groupless?: boolean;
  readonly rest: readonly string[];
}

function splitGroupVersion(
  parts: readonly string[],
  legacyRoots: readonly LegacyRoot[],
): GroupVersionPath | undefined {
  const [root, first, second] = parts;
  if (root === 'api' && first !== undefined)
    return { group: '', version: first, rest: parts.slice(2) };
  if (root === 'apis' && first !== undefined && second !== undefined)
    return { group: first, version: second, rest: parts.slice(3) };
  const legacy = legacyRoots.find((each) => each.root === root);
  if (legacy !== undefined && first !== undefined)
    return { group: legacy.group, version: first, groupless: true, rest: parts.slice(2) };
  return undefined;
}

function splitNamespace(parts: readonly string[]): {
  readonly namespace: string;
  readonly rest: readonly string[];
} {
  const [first, namespace, third] = parts;
  const inside = first === 'namespaces' && namespace !== undefined && third !== undefined;
  if (!inside || namespaceSubresources.has(third)) return { namespace: '', rest: parts };
  return { namespace, rest: parts.slice(2) };
}

function verbOf(method: string, named: boolean, watching: boolean): Verb | undefined {
  switch (method) {
    case 'GET':
      if (watching) return 'watch';
      return named ? 'get' : 'list';
    case 'POST':
      return 'create';
    case 'PUT':
      return 'update';
    case 'PATCH':
      return 'patch';
    case 'DELETE':
      return named ? 'delete' : 'deletecollection';
    default:
      return undefined;
  }
}
