import type { ErrorContext } from '../errors/base.ts';
import type { TlsConfig } from '../hosts/config.ts';
import { redactUrl } from '../text.ts';
import type { ByteLimit } from './body.ts';
import type { AddressGuard } from './guard.ts';
import type { ProxySettings } from './policy.ts';

/** One request, as it goes out. */
export interface Wire {
  /** `https://host[:port]`. */
  readonly origin: string;
  /** `host[:port]`: the lane, and what errors name. */
  readonly host: string;
  readonly path: string;
  readonly method: 'GET' | 'HEAD' | 'POST';
  readonly headers: Record<string, string>;
  readonly body?: string | undefined;
  readonly guard: AddressGuard;
  readonly tls?: TlsConfig | undefined;
  readonly proxy?: ProxySettings | undefined;
  readonly limit: ByteLimit;
  readonly stream?: boolean | undefined;
  readonly attempt: number;
  /** Closes the connection after a HEAD. */
  readonly demoted?: boolean | undefined;
  readonly kind: 'registry' | 'token';
  /** What the host's profile says about its rate. */
  readonly rate?: { readonly ratePerSecond?: number; readonly burst?: number } | undefined;
}

/** Where and what, for errors. */
export function contextOf({ method, origin, path, host, attempt }: Wire): ErrorContext {
  return { method, url: redactUrl(origin + path), host, attempts: attempt };
}
