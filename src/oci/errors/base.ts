/**
 * What can go wrong with a registry. Every class has a stable `code`. Texts that came from outside are cleaned, URLs
 * are redacted, and no error holds a header or a credential, so any of them may be logged or shown as it stands.
 */

/** Where and when it happened. */
export interface ErrorContext {
  readonly registry?: string;
  readonly repository?: string;
  readonly reference?: string;
  readonly method?: string;
  /** Redacted: no user information, no query values. */
  readonly url?: string;
  readonly status?: number;
  readonly attempts?: number;
  /** The host that answered or was asked, which may be a mirror. */
  readonly host?: string;
  /** Code of the underlying failure, as Node or the HTTP parser names it. */
  readonly cause?: string;
}

/** What a source of an image said before another one was asked. */
export interface EarlierFailure {
  /** Name and repository of the mirror: `mirror.corp:5000/hub/app`. */
  readonly source: string;
  readonly failure: OciError;
}

/** Base of all errors of this client. */
export abstract class OciError extends Error {
  abstract readonly code: string;
  /** True when the same request may succeed later without anybody changing anything. */
  readonly retryable: boolean;
  readonly context: ErrorContext;
  /** What mirrors said that were asked before, in order. */
  earlier: readonly EarlierFailure[] = [];
  /** Name and repository of the mirror that it happened at; undefined at the registry itself. */
  mirror: string | undefined;

  constructor(message: string, context: ErrorContext = {}, retryable = false) {
    super(message);
    this.name = new.target.name;
    this.context = context;
    this.retryable = retryable;
  }

  toJSON(): object {
    const { name, code, message, retryable, context } = this;
    return { name, code, message, retryable, context };
  }
}
