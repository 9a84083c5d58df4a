import { createPrivateKey, X509Certificate } from 'node:crypto';

import type { Clock } from '#src/lib/clock.ts';
import type { Logger } from '#src/lib/logger.ts';

import type { TlsMaterial } from '../http/fastify.ts';

export interface TlsReloadOptions {
  /** What is in use now. */
  readonly current: TlsMaterial;
  /** Reads it again; it may make a new one. */
  readonly read: () => Promise<TlsMaterial>;
  readonly apply: (tls: TlsMaterial) => void;
  /** Time between two looks, in milliseconds. */
  readonly everyMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Keeps a server's certificate, key and client authority as their files are. */
export interface TlsReload {
  /** Looks now, not only when it is time. Never throws. */
  look(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Looks again and again, for that works on every file system and however files are replaced. New ones are used for new
 * connections, all together; what cannot be used leaves the old in use and is logged once.
 */
export function keepTlsFresh(options: TlsReloadOptions): TlsReload {
  const { clock, logger, everyMs } = options;
  const closing = new AbortController();
  let current = options.current;
  let refused = '';
  let looking: Promise<void> | undefined;

  async function lookOnce(): Promise<void> {
    try {
      const next = await options.read();
      if (sameTls(next, current)) return;
      const validUntil = checkTls(next, clock.now());
      options.apply(next);
      current = next;
      refused = '';
      logger.info('the certificates of the server were replaced', { validUntil });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (reason === refused) return;
      refused = reason;
      logger.warn('new certificates of the server cannot be used; the old ones stay', { reason });
    }
  }

  function look(): Promise<void> {
    looking ??= lookOnce().finally(() => {
      looking = undefined;
    });
    return looking;
  }

  async function keepLooking(): Promise<void> {
    while (!closing.signal.aborted) {
      await clock.sleep(everyMs, closing.signal).catch(() => undefined);
      if (!closing.signal.aborted) await look();
    }
  }

  const ended = keepLooking();
  return {
    look,
    async close() {
      closing.abort();
      await ended;
    },
  };
}

/**
 * Whether a server can start with it.
 * @returns the end of the certificate's validity, as it stands in it
 * @throws {Error} that says what is wrong with it, and shows nothing of the key
 */
export function checkTls(
  { cert, key, clientCa, requestHeaderCa }: TlsMaterial,
  nowMs: number,
): string {
  const certificate = read('certificate', () => new X509Certificate(cert));
  const privateKey = read('private key', () => createPrivateKey(key));
  if (!certificate.checkPrivateKey(privateKey))
    throw new Error('the private key is not that of the certificate');
  if (certificate.validToDate.getTime() <= nowMs)
    throw new Error(`the certificate ended on ${certificate.validTo}`);
  for (const authority of [clientCa, requestHeaderCa])
    if (authority !== undefined) read('client authority', () => new X509Certificate(authority));
  return certificate.validTo;
}

function read<T>(what: string, parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    throw new Error(`the ${what} is not readable as PEM`, { cause });
  }
}

function sameTls(a: TlsMaterial, b: TlsMaterial): boolean {
  return (
    a.cert === b.cert &&
    a.key === b.key &&
    a.clientCa === b.clientCa &&
    a.requestHeaderCa === b.requestHeaderCa
  );
}
