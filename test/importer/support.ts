import { createImporter } from '#src/importer/create-importer.ts';
import type { ImportContext, Importer, PullSecret } from '#src/importer/importer.ts';
import { systemClock } from '#src/lib/clock.ts';
import { silentLogger } from '#src/lib/logger.ts';
import { createClient } from '#src/oci/registry/client.ts';
import type { ClientOptions } from '#src/oci/registry/options.ts';

/** The time at which every import of these tests happens; recorded indexes were created then. */
const now = '2026-11-23T06:00:00Z';

/** An importer on a client of its own that may reach the registries of this machine, as a linux/amd64 server. */
export function testImporter(options: Partial<ClientOptions> = {}): Importer {
  return createImporter({
    client: createClient({ userAgent: 'sluice-test', ...options }),
    logger: silentLogger,
    clock: systemClock,
    platform: { os: 'linux', architecture: 'amd64' },
  });
}

/** The context of an import of a namespace with these secrets. */
export function contextWith(secrets: readonly PullSecret[]): ImportContext {
  return { secrets, now, signal: new AbortController().signal };
}

/** A pull secret for one registry key. */
export function pullSecret(
  name: string,
  key: string,
  username: string,
  password: string,
): PullSecret {
  const document = { auths: { [key]: { username, password } } };
  return {
    name,
    type: 'kubernetes.io/dockerconfigjson',
    data: { '.dockerconfigjson': Buffer.from(JSON.stringify(document)).toString('base64') },
  };
}
