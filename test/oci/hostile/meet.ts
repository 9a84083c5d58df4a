/** A client with something to lose meets a registry that misbehaves. */
import { inspect } from 'node:util';

import { expect, onTestFinished } from 'vitest';

import { repository as repositoryName, tag } from '#fixtures/hostile/content.ts';
import type { HostileServer, Misdeed } from '#fixtures/hostile/misdeed.ts';
import type { CredentialSource } from '#src/oci/auth/credential.ts';
import { noCredentials } from '#src/oci/auth/chain.ts';
import { emptyStats, type RequestStats } from '#src/oci/content/types.ts';
import type { ClientEvent } from '#src/oci/events.ts';
import type { HostConfig } from '#src/oci/hosts/config.ts';
import { createClient, type Client, type ClientOptions } from '#src/oci/registry/client.ts';
import type { ImportedImage, Repository, TagPage } from '#src/oci/registry/types.ts';
import { OciError } from '#src/oci/errors/base.ts';

/** What must never be seen where it does not belong. */
export const password = 'canary-4711-password';
const encoded = Buffer.from(`canary:${password}`).toString('base64');

/** One credential for every registry, which may be used over plain HTTP. */
export const canary: CredentialSource = {
  candidates: ({ registry }) =>
    Promise.resolve([
      {
        credential: { kind: 'basic', username: 'canary', password },
        id: 'canary',
        matchedKey: `http://${registry}`,
        source: 'test',
      },
    ]),
};

/** Credentials of nobody. */
export const nobody = noCredentials;

export interface Meeting {
  readonly server: HostileServer;
  readonly client: Client;
  readonly repository: Repository;
  readonly events: readonly ClientEvent[];
  /** Counts of `get`, `resolve`, `import` and `tags`. */
  readonly stats: RequestStats;
  readonly get: (reference?: string) => ReturnType<Repository['manifests']['get']>;
  readonly resolve: (reference?: string) => ReturnType<Repository['resolve']>;
  readonly import: (mode?: 'legacy' | 'preserve-original') => Promise<ImportedImage>;
  readonly tags: () => Promise<TagPage[]>;
}

export interface MeetingOptions extends Partial<Omit<ClientOptions, 'hosts'>> {
  readonly host?: HostConfig;
}

/**
 * Starts the server and a client for it; both are closed when the test is over. Whatever happens, no secret may be in
 * what the client tells, nor reach where the server leads.
 */
export async function meet(misdeed: Misdeed, options: MeetingOptions = {}): Promise<Meeting> {
  const server = await misdeed.start();
  const events: ClientEvent[] = [];
  const stats = emptyStats();
  const { host = {}, ...others } = options;
  const scheme = server.url.startsWith('https:') ? 'https' : 'http';
  const client = createClient({
    userAgent: 'sluice-test',
    credentials: canary,
    hosts: { lookup: () => ({ scheme, ...host }) },
    onEvent: (event) => events.push(event),
    ...others,
    limits: { connectMs: 5000, headersMs: 5000, requestMs: 5000, ...options.limits },
    retry: { baseMs: 1, capMs: 5, retryAfterMaxInlineMs: 100, ...options.retry },
  });
  onTestFinished(async () => {
    await client.close();
    await server[Symbol.asyncDispose]();
    expectNoSecret(events);
    expectNoSecretAt(server.accomplice);
  });
  const repository = client.repository(`${server.host}/${repositoryName}`);
  return {
    server,
    client,
    repository,
    events,
    stats,
    get: async (reference = tag) => repository.manifests.get(reference, { stats }),
    resolve: async (reference = tag) => repository.resolve(reference, { stats }),
    import: async (mode = 'legacy') => repository.importImage(tag, { mode, stats }),
    tags: async () => {
      const pages: TagPage[] = [];
      for await (const page of repository.tags({ stats })) pages.push(page);
      return pages;
    },
  };
}

/** The error of a call that must fail; it holds no secret. */
export async function failureOf(call: Promise<unknown>): Promise<OciError> {
  const error: unknown = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(OciError);
  expectNoSecret(error);
  return error as OciError;
}

/** Fails when the password is in a value, however it is shown. */
export function expectNoSecret(value: unknown): void {
  const shown = `${inspect(value, { depth: 10, showHidden: true })} ${JSON.stringify(value) ?? ''}`;
  expect(shown).not.toContain(password);
  expect(shown).not.toContain(encoded);
}

/** Fails when a server has received the password or any proof of who asks. */
export function expectNoSecretAt(server: HostileServer | undefined): void {
  for (const request of server?.requests ?? []) {
    expect(request.headers['authorization']).toBeUndefined();
    expectNoSecret(request);
    expect(request.path).not.toContain('canary');
  }
}

/** `GET /v2/…` of all requests, for comparing. */
export function log({ requests }: HostileServer): string[] {
  return requests.map(({ method, path }) => `${method} ${path}`);
}

/** Requests for manifests and blobs, without those for tokens and `/v2/`. */
export function contentRequests({ requests }: HostileServer): HostileServer['requests'] {
  return requests.filter(({ path }) => /\/(?:manifests|blobs)\//u.test(path));
}

/** Requests at the token server of a registry. */
export function tokenRequests({ requests }: HostileServer): HostileServer['requests'] {
  return requests.filter(({ path }) => path.startsWith('/token'));
}

/** Control characters, ANSI escapes, and what turns the direction of text. */
export const unprintable =
  // eslint-disable-next-line no-control-regex
  /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/u;
