import { jsonResponse, type WholeResponse } from './http/messages.ts';
import type { PathHandler } from './http/pipeline.ts';
import type { Catalog } from './catalog.ts';

/** What `/version` says of the server (version.Info). */
export interface VersionInfo {
  readonly major: string;
  readonly minor: string;
  /** `v1.32.0+sluice-0.1.0`: clients compare it with their own. */
  readonly gitVersion: string;
  readonly gitCommit: string;
  readonly buildDate: string;
  readonly platform: string;
}

/** Text of the metrics in the Prometheus format, with its content type. */
export type MetricsSource = () => Promise<{ readonly contentType: string; readonly body: string }>;

export function versionHandler(info: VersionInfo): PathHandler {
  const document = {
    ...info,
    gitTreeState: 'clean',
    goVersion: '',
    compiler: 'node',
  };
  return ({ path }) =>
    Promise.resolve(isPath(path, '/version') ? jsonResponse(200, document) : undefined);
}

export function metricsHandler(source: MetricsSource): PathHandler {
  return async ({ path }): Promise<WholeResponse | undefined> => {
    if (!isPath(path, '/metrics')) return undefined;
    const { contentType, body } = await source();
    return { status: 200, headers: { 'content-type': contentType }, body };
  };
}

/** `/`: the paths there are. */
export function rootHandler(catalog: Catalog): PathHandler {
  const groups = catalog.groupVersions.flatMap(({ group, version }) =>
    group === ''
      ? ['/api', `/api/${version}`]
      : ['/apis', `/apis/${group}`, `/apis/${group}/${version}`],
  );
  const others = [
    '/healthz',
    '/livez',
    '/metrics',
    '/openapi/v2',
    '/openapi/v3',
    '/readyz',
    '/version',
  ];
  const document = { paths: [...new Set([...groups, ...others])].toSorted() };
  return ({ path }) => Promise.resolve(path === '/' ? jsonResponse(200, document) : undefined);
}

function isPath(path: string, expected: string): boolean {
  return path === expected || path === `${expected}/`;
}
