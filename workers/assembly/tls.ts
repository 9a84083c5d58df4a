import { readFile, writeFile } from 'node:fs/promises';

import type { TlsMaterial } from '#src/apiserver/http/fastify.ts';
import { ensureServerTls } from '#src/apiserver/tls/data-directory.ts';
import { checkTls } from '#src/apiserver/tls/reload.ts';
import { systemClock } from '#src/lib/clock.ts';

import type { Config } from '../config.ts';

/** Where the server's certificates come from. */
export interface TlsSource {
  /** Reads them, and makes or renews those of the data directory. */
  read(): Promise<TlsMaterial>;
  /** PEM of the data directory's authority, as last read; `undefined` with a certificate of the user's own. */
  ca(): string | undefined;
  /** Time between two looks for new ones, in milliseconds. */
  readonly everyMs: number;
}

const filesEveryMs = 10_000;
/** Its own end within months, not seconds. */
const ownEveryMs = 10 * 60_000;

export function tlsSource(config: Config): TlsSource {
  let ca: string | undefined;
  const { tls, clientCaFile, caFile, authentication } = config;
  const proxyCaFile = authentication.frontProxy?.caFile;
  const isOwn = tls === undefined && clientCaFile === undefined && proxyCaFile === undefined;
  return {
    everyMs: isOwn ? ownEveryMs : filesEveryMs,
    ca: () => ca,
    async read() {
      const clients = {
        ...(clientCaFile === undefined ? {} : { clientCa: await readFile(clientCaFile, 'utf8') }),
        ...(proxyCaFile === undefined
          ? {}
          : { requestHeaderCa: await readFile(proxyCaFile, 'utf8') }),
      };
      if (tls !== undefined) {
        const [cert, key] = await Promise.all([
          readFile(tls.certFile, 'utf8'),
          readFile(tls.keyFile, 'utf8'),
        ]);
        return { cert, key, ...clients };
      }
      const own = await ensureServerTls(config.dataDir, config.listen.host, systemClock.now());
      if (caFile !== undefined && own.ca !== ca) await writeFile(caFile, own.ca);
      ca = own.ca;
      return { cert: own.cert, key: own.key, ...clients };
    },
  };
}

/**
 * The first certificates.
 * @throws {Error} that names the files when they cannot be used
 */
export async function firstTls(
  source: TlsSource,
  { tls, clientCaFile, authentication }: Config,
): Promise<TlsMaterial> {
  const material = await source.read();
  try {
    checkTls(material, systemClock.now());
  } catch (cause) {
    const { caFile } = authentication.frontProxy ?? {};
    const files = [tls?.certFile, tls?.keyFile, clientCaFile, caFile].filter(
      (file) => file !== undefined,
    );
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`the server cannot use ${files.join(', ')}: ${reason}`, { cause });
  }
  return material;
}
