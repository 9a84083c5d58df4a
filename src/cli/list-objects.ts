import type { KubeList, KubeObject } from '#src/meta/object.ts';
import { StatusError } from '#src/meta/status.ts';
import type { ApiClient, ClientRequest } from './client.ts';

/** Which objects of a collection. */
export interface ListSelectors {
  readonly labels?: string | undefined;
  readonly fields?: string | undefined;
}

/** How many objects are asked for at a time, as kubectl does. */
const pageSize = 500;

/** All objects of a collection, page by page. Items carry the list's apiVersion; their kind is the list's without `List`. */
export async function listObjects<T extends KubeObject = KubeObject>(
  api: ApiClient,
  collection: string,
  selectors: ListSelectors = {},
): Promise<T[]> {
  const found: T[] = [];
  for await (const page of listPages<KubeList<T>>(api, { path: collection, selectors })) {
    const kind = page.kind.replace(/List$/, '');
    found.push(...page.items.map((item) => ({ apiVersion: page.apiVersion, kind, ...item })));
  }
  return found;
}

interface ListRequest {
  readonly path: string;
  readonly selectors: ListSelectors;
  readonly accept?: string;
  /** Rows of tables with their whole objects. */
  readonly includeObject?: boolean;
}

interface Page {
  readonly metadata?: { readonly continue?: string };
}

/** The pages of a collection as they are answered. */
export async function* listPages<T extends Page>(
  api: ApiClient,
  request: ListRequest,
): AsyncGenerator<T> {
  const { path, selectors, accept } = request;
  let token: string | undefined;
  do {
    const query = new URLSearchParams();
    if (selectors.labels !== undefined) query.set('labelSelector', selectors.labels);
    if (selectors.fields !== undefined) query.set('fieldSelector', selectors.fields);
    if (request.includeObject === true) query.set('includeObject', 'Object');
    query.set('limit', String(pageSize));
    if (token !== undefined) query.set('continue', token);
    const page: T = await onePage<T>(api, request, {
      method: 'GET',
      path: `${path}?${query.toString()}`,
      ...(accept === undefined ? {} : { accept }),
    });
    yield page;
    token = page.metadata?.continue;
  } while (token !== undefined && token !== '');
}

async function onePage<T>(
  api: ApiClient,
  { path, selectors }: ListRequest,
  request: ClientRequest,
): Promise<T> {
  try {
    return await api.request<T>(request);
  } catch (error) {
    throw error instanceof StatusError ? unlisted(error, path, selectors) : error;
  }
}

/** What cannot be listed is named, in kubectl's words. */
function unlisted(error: StatusError, path: string, { labels, fields }: ListSelectors): Error {
  const { reason, message = '' } = error.status;
  if (reason !== 'NotFound' && reason !== 'BadRequest') return error;
  const [, root, first = '', second = '', ...rest] = path.split('/');
  const resource = rest.at(-1) ?? second;
  const version = root === 'api' ? `/${first}` : `${first}/${second}`;
  const what = `"${version}, Resource=${resource}"`;
  const text =
    labels === undefined && fields === undefined
      ? `Unable to list ${what}: ${message}`
      : `Unable to find ${what} that match label selector "${labels ?? ''}", field selector "${fields ?? ''}": ${message}`;
  return new StatusError({ ...error.status, message: text });
}
