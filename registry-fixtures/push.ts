/** Pushes fixtures to a registry over the distribution protocol, with nothing but `fetch`. */
import { digestOf } from './digest.ts';
import type { Blob, Manifest, Placement } from './make.ts';

/** Who pushes; without it nobody in particular. */
export interface PushCredentials {
  readonly username: string;
  readonly password: string;
}

export interface SeedOptions {
  readonly images: readonly Placement[];
  readonly credentials?: PushCredentials;
  /** Images pushed at the same time; default 8. */
  readonly concurrency?: number;
}

/**
 * Pushes images with everything they refer to; what is there already is left alone, so it can be repeated.
 * @param baseUrl scheme, host and port: `http://127.0.0.1:5000`
 * @throws {Error} when the registry refuses something
 */
export async function seedRegistry(baseUrl: string, options: SeedOptions): Promise<void> {
  const registry = new PushTarget(baseUrl, options.credentials);
  const waiting = options.images.values();
  const workers = Array.from({ length: options.concurrency ?? 8 }, async () => {
    for (const { repository, tags, manifest } of waiting) {
      await registry.pushImage(repository, tags, manifest);
    }
  });
  await Promise.all(workers);
}

/** A registry that takes blobs and manifests. */
export class PushTarget {
  readonly #baseUrl: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #pushed = new Map<string, Promise<void>>();

  constructor(baseUrl: string, credentials?: PushCredentials) {
    this.#baseUrl = baseUrl;
    this.#headers = credentials === undefined ? {} : { authorization: basic(credentials) };
  }

  /**
   * Pushes a manifest under its digest and tags, its children and blobs before it, as the protocol wants.
   * @throws {Error} when the registry refuses something
   */
  async pushImage(repository: string, tags: readonly string[], manifest: Manifest): Promise<void> {
    await Promise.all([
      ...manifest.children.map(async (child) => this.pushImage(repository, [], child)),
      ...distinct(manifest.blobs).map(async (blob) => this.#pushBlobOnce(repository, blob)),
    ]);
    const references = tags.length === 0 ? [manifest.digest] : tags;
    await Promise.all(
      references.map(async (reference) => this.#pushManifest(repository, reference, manifest)),
    );
  }

  /**
   * Deletes a manifest by digest.
   * @throws {Error} when the registry refuses
   */
  async deleteManifest(repository: string, digest: string): Promise<void> {
    await this.#send('DELETE', `/v2/${repository}/manifests/${digest}`, [202]);
  }

  async #pushManifest(repository: string, reference: string, manifest: Manifest): Promise<void> {
    await this.#send('PUT', `/v2/${repository}/manifests/${reference}`, [201], {
      body: manifest.bytes,
      type: manifest.mediaType,
    });
  }

  /** registry:2 answers 500 for a blob that somebody else is just about to finish in the same repository. */
  async #pushBlobOnce(repository: string, blob: Blob): Promise<void> {
    const key = `${repository}@${blob.digest}`;
    const pushed = this.#pushed.get(key) ?? this.#pushBlob(repository, blob);
    this.#pushed.set(key, pushed);
    await pushed;
  }

  async #pushBlob(repository: string, blob: Blob): Promise<void> {
    const head = await this.#send('HEAD', `/v2/${repository}/blobs/${blob.digest}`, [200, 404]);
    if (head.status === 200) return;
    const upload = await this.#send('POST', `/v2/${repository}/blobs/uploads/`, [202]);
    const location = new URL(upload.headers.get('location') ?? '', this.#baseUrl);
    location.searchParams.set('digest', digestOf(blob.bytes));
    await this.#send('PUT', location, [201], {
      body: blob.bytes,
      type: 'application/octet-stream',
    });
  }

  async #send(
    method: string,
    path: string | URL,
    expected: readonly number[],
    content?: { readonly body: Buffer; readonly type: string },
  ): Promise<Response> {
    const response = await fetch(new URL(path, this.#baseUrl), {
      method,
      headers: { ...this.#headers, ...(content && { 'content-type': content.type }) },
      ...(content && { body: new Uint8Array(content.body) }),
    });
    const text = await response.text();
    if (!expected.includes(response.status))
      throw new Error(`${method} ${String(path)} was answered ${response.status}: ${text}`);
    return response;
  }
}

function basic({ username, password }: PushCredentials): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

function distinct(blobs: readonly Blob[]): Blob[] {
  return [...new Map(blobs.map((blob) => [blob.digest, blob])).values()];
}
