/** What a registry says about its quota (`ratelimit-limit: 100;w=21600`). */
export interface RateInfo {
  readonly limit?: number;
  readonly remaining?: number;
  readonly windowSeconds?: number;
  /** Who is counted, as the registry sees it: usually an address. */
  readonly source?: string;
}

/** What the client does, for logs and metrics. Never holds a header, a query value or a credential. */
export type ClientEvent =
  | {
      readonly type: 'request';
      /** What was asked: the registry, or a token server. */
      readonly kind: 'registry' | 'token';
      readonly method: string;
      /** Redacted. */
      readonly url: string;
      readonly status?: number;
      readonly ms: number;
      readonly attempt: number;
      readonly host: string;
      /** False when a connection had to be opened while the request was under way. */
      readonly reused: boolean;
      /** Code of the error, when there was no answer. */
      readonly error?: string;
    }
  | {
      readonly type: 'token';
      readonly realmHost: string;
      readonly service?: string;
      readonly scopes: readonly string[];
      readonly ms: number;
      /** 0 when there was no answer. */
      readonly status: number;
      readonly anonymous: boolean;
    }
  | {
      readonly type: 'blocked';
      readonly why: 'address' | 'realm' | 'redirect' | 'link' | 'downgrade';
      readonly detail: string;
    }
  | { readonly type: 'rate'; readonly host: string; readonly rate: RateInfo }
  /** The host asked to be left alone until a time in milliseconds since 1970. */
  | { readonly type: 'paused'; readonly host: string; readonly until: number }
  | { readonly type: 'warning'; readonly host: string; readonly text: string };

export type EventListener = (event: ClientEvent) => void;
