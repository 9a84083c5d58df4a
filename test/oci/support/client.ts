import type { Credential, CredentialSource } from '#src/oci/auth/credential.ts';
import { credentialFingerprint } from '#src/oci/auth/credential.ts';
import type { ClientEvent } from '#src/oci/events.ts';
import type { HostConfig, HostConfigSource } from '#src/oci/hosts/config.ts';
import { createClient, type Client, type ClientOptions } from '#src/oci/registry/client.ts';

/** Every host by plain HTTP. */
export const plainHttp: HostConfigSource = { lookup: () => ({ scheme: 'http' }) };

/** Every host configured like this. */
export function hosts(config: HostConfig): HostConfigSource {
  return { lookup: () => config };
}

/** A client that waits little, with what it said. */
export function testClient(options: Partial<ClientOptions> = {}): Client & {
  readonly events: ClientEvent[];
} {
  const events: ClientEvent[] = [];
  const client = createClient({
    userAgent: 'oci-test/1',
    hosts: plainHttp,
    onEvent: (event) => {
      events.push(event);
    },
    ...options,
    retry: { baseMs: 1, capMs: 5, ...options.retry },
  });
  return Object.assign(client, { events });
}

/** Candidates for every registry, in this order; keys name the port, as plain HTTP wants it. */
export function candidates(...credentials: readonly Credential[]): CredentialSource {
  return {
    candidates: ({ registry }) =>
      Promise.resolve(
        credentials.map((credential) => ({
          credential,
          id: credentialFingerprint(credential),
          matchedKey: registry,
          source: 'test',
        })),
      ),
  };
}

/** A user and a password. */
export function basic(username: string, password: string): Credential {
  return { kind: 'basic', username, password };
}

/** The error of a promise that must fail. */
export async function failureOf(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof Error) return error;
    throw error;
  }
  throw new Error('it did not fail');
}

/** Everything that comes. */
export async function everything<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}
