import type { Logger } from '#src/lib/logger.ts';

import { textResponse } from './http/messages.ts';
import type { PathHandler } from './http/pipeline.ts';
import { pathSegments } from './http/request-info.ts';

/** Something that must work; fails by throwing. The message is shown only in the log. */
export interface HealthCheck {
  /** One word: `database`, `queue`. */
  readonly name: string;
  /** Liveness fails only on what a restart would cure. */
  readonly kind: 'live' | 'ready';
  check(): Promise<void>;
}

const roots: ReadonlySet<string> = new Set(['healthz', 'livez', 'readyz']);

/** `/livez`, `/readyz` and `/healthz`: all of their checks, or one by name; `?verbose` lists them. */
export function healthHandler(checks: readonly HealthCheck[], logger: Logger): PathHandler {
  return async (request) => {
    const [root = '', name, more] = pathSegments(request.path);
    if (!roots.has(root) || more !== undefined) return undefined;
    const excluded = request.query.getAll('exclude');
    const ping: HealthCheck = { name: 'ping', kind: 'live', check: () => Promise.resolve() };
    const asked = [ping, ...checks]
      .filter(({ kind }) => root !== 'livez' || kind === 'live')
      .filter((each) => (name === undefined ? !excluded.includes(each.name) : each.name === name));
    if (asked.length === 0) return undefined;
    const results = await Promise.all(asked.map((each) => run(each, logger)));
    const failed = results.some(({ passed }) => !passed);
    if (!failed && !request.query.has('verbose')) return textResponse(200, 'ok');
    const lines = results.map((each) =>
      each.passed ? `[+]${each.name} ok` : `[-]${each.name} failed: reason withheld`,
    );
    const verdict = `${root} check ${failed ? 'failed' : 'passed'}`;
    return textResponse(failed ? 500 : 200, `${[...lines, verdict].join('\n')}\n`);
  };
}

async function run(
  healthCheck: HealthCheck,
  logger: Logger,
): Promise<{ readonly name: string; readonly passed: boolean }> {
  const { name } = healthCheck;
  try {
    await healthCheck.check();
    return { name, passed: true };
  } catch (error) {
    logger.warn('health check failed', { check: name, error });
    return { name, passed: false };
  }
}
