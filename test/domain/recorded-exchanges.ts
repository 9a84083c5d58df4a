import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { JsonObject } from '#src/meta/json.ts';

/** One request and the answer that OpenShift 4.13 gave. */
export interface Exchange {
  readonly step: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: JsonObject;
  readonly status: number;
  readonly response?: JsonObject;
}

/** Where a request goes; names are decoded. */
export interface Target {
  readonly namespace: string;
  readonly resource: string;
  readonly name: string;
  readonly subresource: string;
  readonly query: URLSearchParams;
}

const group = '/apis/image.openshift.io/v1/';

/** The exchanges of a recorded scenario, in order. */
export function recorded(scenario: string, folder = 'openshift'): Exchange[] {
  const file = new URL(`../golden/${folder}/${scenario}.ndjson`, import.meta.url);
  return readFileSync(fileURLToPath(file), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Exchange);
}

/** Undefined for requests that are not about one namespace or one image. */
export function targetOf({ path }: Exchange): Target | undefined {
  const url = new URL(path, 'https://recorded.test');
  if (!url.pathname.startsWith(group)) return undefined;
  const parts = url.pathname.slice(group.length).split('/').map(decodeURIComponent);
  const isNamespaced = parts[0] === 'namespaces';
  const [resource = '', name = '', subresource = ''] = isNamespaced ? parts.slice(2) : parts;
  const namespace = isNamespaced ? (parts[1] ?? '') : '';
  return { namespace, resource, name, subresource, query: url.searchParams };
}
