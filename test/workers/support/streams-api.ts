import { vi } from 'vitest';

import type { ImageStream, TagEvent, TagEventCondition } from '#src/domain/types.ts';
import type { ApiAnswer, ApiClient } from '#test/support/api-client.ts';

const base = '/apis/image.openshift.io/v1/namespaces';

/** Streams of a namespace over the API, as a client sees them. */
export class StreamsApi {
  readonly #api: ApiClient;
  readonly #namespace: string;

  constructor(api: ApiClient, namespace = 'default') {
    this.#api = api;
    this.#namespace = namespace;
  }

  /** Makes a stream whose tags follow pull specs. */
  async create(
    name: string,
    tags: Readonly<Record<string, string>>,
    { scheduled = false, insecure = true } = {},
  ): Promise<ImageStream> {
    const answer = await this.#api.post(`${base}/${this.#namespace}/imagestreams`, {
      kind: 'ImageStream',
      apiVersion: 'image.openshift.io/v1',
      metadata: { name },
      spec: {
        tags: Object.entries(tags).map(([tag, from]) => ({
          name: tag,
          from: { kind: 'DockerImage', name: from },
          importPolicy: { scheduled, insecure },
        })),
      },
    });
    return bodyOf(answer, 201);
  }

  async get(name: string): Promise<ImageStream> {
    const answer = await this.#api.get(`${base}/${this.#namespace}/imagestreams/${name}`);
    return bodyOf(answer, 200);
  }

  /** Waits until a stream is as wanted; fails with what it was last. */
  async until(
    name: string,
    check: (stream: ImageStream) => void,
    timeoutMs = 30_000,
  ): Promise<ImageStream> {
    return vi.waitFor(
      async () => {
        const stream = await this.get(name);
        check(stream);
        return stream;
      },
      { timeout: timeoutMs, interval: 50 },
    );
  }
}

function bodyOf({ status, body }: ApiAnswer, expected: number): ImageStream {
  if (status !== expected) throw new Error(`answered ${status}: ${JSON.stringify(body)}`);
  return body as ImageStream;
}

/** The history of a tag, newest first. */
export function history(stream: ImageStream, tag: string): TagEvent[] {
  return stream.status.tags?.find((each) => each.tag === tag)?.items ?? [];
}

/** The digests of a tag's history, newest first. */
export function digests(stream: ImageStream, tag: string): string[] {
  return history(stream, tag).map(({ image }) => image);
}

/** Why the last import of a tag failed. */
export function failureOf(stream: ImageStream, tag: string): TagEventCondition | undefined {
  return stream.status.tags?.find((each) => each.tag === tag)?.conditions?.[0];
}
