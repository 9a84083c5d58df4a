/** What people and upstreams do meanwhile: tags move, streams are made, labelled and asked for again. */
import { distinctImage } from '#fixtures/many.ts';
import { PushTarget } from '#fixtures/push.ts';
import type { ImageStream } from '#src/domain/types.ts';
import { ApiClient } from '#test/support/api-client.ts';

import type { World } from './world.ts';

/** A scheduled tag, with every digest that was pushed to its upstream tag, oldest first; a push may have failed. */
export interface Followed {
  readonly stream: string;
  readonly tag: string;
  readonly from: string;
  readonly repository: string;
  readonly moves: string[];
}

const streams = '/apis/image.openshift.io/v1/namespaces/default/imagestreams';

export class Load {
  readonly followed: Followed[] = [];
  /** When the first tag was pushed, in milliseconds since the epoch. */
  readonly since = Date.now();
  moved = 0;
  edited = 0;
  refused = 0;
  readonly #world: World;
  readonly #pick: (below: number) => number;
  #seed = 0;

  constructor(world: World, pick: (below: number) => number) {
    this.#world = world;
    this.#pick = pick;
  }

  /** Makes streams, each with tags that follow a repository of its own. */
  async prepare(streamCount: number, tagCount: number): Promise<void> {
    for (let index = 0; index < streamCount; index += 1) {
      const repository = `chaos/r${index}`;
      const tags = Array.from({ length: tagCount }, (_, tag) => `t${tag}`);
      const followed = tags.map((tag) => ({
        stream: `s${index}`,
        tag,
        from: `${this.#world.proxy.host}/${repository}:${tag}`,
        repository,
        moves: [],
      }));
      await Promise.all(followed.map((each) => this.#move(each)));
      this.followed.push(...followed);
      const answer = await this.#api((api) =>
        api.post(streams, {
          kind: 'ImageStream',
          apiVersion: 'image.openshift.io/v1',
          metadata: { name: `s${index}` },
          spec: {
            tags: followed.map(({ tag, from }) => ({
              name: tag,
              from: { kind: 'DockerImage', name: from },
              importPolicy: { scheduled: true, insecure: true },
            })),
          },
        }),
      );
      if (answer.status !== 201) throw new Error(`no stream: ${JSON.stringify(answer.body)}`);
    }
  }

  /** Moves upstream tags until the signal is aborted. */
  async moveTags(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const one = this.followed[this.#pick(this.followed.length)];
      if (one !== undefined)
        try {
          await this.#move(one);
          this.moved += 1;
        } catch {
          // The registry is down; an unfinished push did not move the tag.
          this.refused += 1;
        }
      await this.#rest(100);
    }
  }

  /** Moves every upstream tag once. */
  async moveAll(): Promise<void> {
    for (const one of this.followed) await this.#move(one);
  }

  /** Labels streams and asks for imports until the signal is aborted. */
  async edit(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const one = this.followed[this.#pick(this.followed.length)];
      if (one !== undefined)
        try {
          const answer = await this.#api((api) =>
            this.#pick(2) === 0
              ? api.patch(`${streams}/${one.stream}`, {
                  metadata: { labels: { edit: String(this.edited) } },
                })
              : api.patch(
                  `${streams}/${one.stream}`,
                  [{ op: 'replace', path: `/spec/tags/${one.tag.slice(1)}/generation`, value: 0 }],
                  'json-patch+json',
                ),
          );
          if (answer.status === 200) this.edited += 1;
          else this.refused += 1;
        } catch {
          this.refused += 1;
        }
      await this.#rest(150);
    }
  }

  /** The digest that the upstream tag has now: of a push that failed nobody knows how far it came. */
  async upstream({ repository, tag }: Followed): Promise<string> {
    const url = `${this.#world.registry.url}/v2/${repository}/manifests/${tag}`;
    const headers = { accept: 'application/vnd.oci.image.manifest.v1+json' };
    const answer = await fetch(url, { method: 'HEAD', headers });
    return answer.headers.get('docker-content-digest') ?? '';
  }

  async stream(name: string): Promise<ImageStream> {
    const { status, body } = await this.#api((api) => api.get(`${streams}/${name}`));
    if (status !== 200) throw new Error(`${name} was answered ${status}`);
    return body as ImageStream;
  }

  async hasImage(digest: string): Promise<boolean> {
    const path = `/apis/image.openshift.io/v1/images/${digest}`;
    return (await this.#api((api) => api.get(path))).status === 200;
  }

  async #move(followed: Followed): Promise<void> {
    this.#seed += 1;
    const manifest = distinctImage(`${followed.from}-${this.#seed}`);
    followed.moves.push(manifest.digest);
    await new PushTarget(this.#world.registry.url).pushImage(
      followed.repository,
      [followed.tag],
      manifest,
    );
  }

  async #api<T>(call: (api: ApiClient) => Promise<T>): Promise<T> {
    const { servers } = this.#world;
    const server = servers[this.#pick(servers.length)];
    if (server === undefined) throw new Error('there is no server');
    using api = new ApiClient(server);
    return await call(api);
  }

  async #rest(ms: number): Promise<void> {
    await new Promise((resolve) => {
      setTimeout(resolve, this.#pick(2 * ms));
    });
  }
}
