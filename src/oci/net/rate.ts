import type { IncomingHttpHeaders } from 'node:http';

import type { RateInfo } from '../events.ts';
import { cleanText } from '../text.ts';

/** Quota headers as Docker Hub sends them: `ratelimit-limit: 100;w=21600`; undefined when there are none. */
export function rateInfo(headers: IncomingHttpHeaders): RateInfo | undefined {
  const limit = headers['ratelimit-limit'] ?? headers['x-ratelimit-limit'];
  const remaining = headers['ratelimit-remaining'] ?? headers['x-ratelimit-remaining'];
  if (limit === undefined && remaining === undefined) return undefined;
  const source = headers['docker-ratelimit-source'];
  return {
    ...numbered('limit', limit),
    ...numbered('remaining', remaining),
    ...windowOf(limit),
    ...(typeof source === 'string' && { source: cleanText(source, 64) }),
  };
}

function numbered(
  name: 'limit' | 'remaining',
  value: string | readonly string[] | undefined,
): Partial<RateInfo> {
  const match = /^\s*(\d{1,12})/u.exec(String(value ?? ''));
  return match === null ? {} : { [name]: Number(match[1]) };
}

function windowOf(value: string | readonly string[] | undefined): Partial<RateInfo> {
  const match = /;\s*w=(\d{1,9})/u.exec(String(value ?? '').slice(0, 256));
  return match === null ? {} : { windowSeconds: Number(match[1]) };
}
