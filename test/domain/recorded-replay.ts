import { newestEvent } from '#src/domain/history.ts';
import type { Image, ImageStream } from '#src/domain/types.ts';
import { findStreamImage, imageStreamImageView } from '#src/domain/views/image-stream-image.ts';
import { imageStreamTagView, listedTags } from '#src/domain/views/image-stream-tag.ts';
import { allTags, imageTagView } from '#src/domain/views/image-tag.ts';
import { layersView } from '#src/domain/views/layers.ts';
import type { JsonObject } from '#src/meta/json.ts';
import { targetOf, type Exchange, type Target } from './recorded-exchanges.ts';
import { RecordedWorld, settingsOf, type Outcome } from './recorded-world.ts';

type Loose = Record<string, unknown>;

export interface Comparison {
  readonly step: string;
  readonly value: unknown;
}

/** What differs between two servers and says nothing about the rules. */
const incidental = new Set(['uid', 'resourceVersion', 'managedFields', 'creationTimestamp']);

/** Replays a scenario and compares every answer that the rules decide. */
export class Replay {
  readonly world: RecordedWorld;
  readonly #times = new Map<string, string>();
  /** The last resourceVersion seen of a stream; forgotten when a write without an answer moves it. */
  readonly #versions = new Map<string, string>();
  /** What the recorded server answered, and what the rules say, step by step. */
  readonly theirs: Comparison[] = [];
  readonly ours: Comparison[] = [];

  constructor(scenario: string) {
    this.world = new RecordedWorld(settingsOf(scenario));
  }

  /** Images that other scenarios stored are known by what this one is answered. */
  prepare(exchanges: readonly Exchange[]): void {
    for (const { path, response } of exchanges) {
      const shown = path.includes('/imagestreamimages/') ? response?.['image'] : undefined;
      if (isLoose(shown) && isLoose(shown['metadata'])) this.#learn(shown as unknown as Image);
    }
  }

  step(exchange: Exchange): void {
    const target = targetOf(exchange);
    if (target === undefined) return;
    this.#learnImages(exchange.response);
    if (exchange.method === 'GET') this.#read(exchange, target);
    else this.#write(exchange, target);
  }

  #write(exchange: Exchange, target: Target): void {
    const outcome = this.world.apply(exchange, target);
    const message = exchange.response?.['message'];
    // Optimistic locking is the API server's.
    if (typeof message === 'string' && message.includes('metadata.resourceVersion')) return;
    const isInvalid = exchange.response?.['reason'] === 'Invalid' && outcome !== undefined;
    if (outcome?.message !== undefined || isInvalid)
      this.#same(exchange, message, outcome?.message);
    else this.#afterWrite(exchange, target, outcome);
  }

  #afterWrite(exchange: Exchange, target: Target, outcome: Outcome | undefined): void {
    const answer = exchange.status < 300 ? streamOf(exchange) : undefined;
    const stream = outcome?.stream;
    if (answer === undefined) {
      if (outcome?.wrote === true && stream !== undefined)
        this.#versions.delete(this.#key(target, stream));
      return;
    }
    // The answer to a write of the status shows the repository as it was sent; reads compute it.
    if (target.subresource === 'status') return;
    if (stream === undefined) {
      this.#adopt(target, answer);
      return;
    }
    this.#same(exchange, answer, stream);
    this.#compareVersion(exchange, this.#key(target, answer), { answer, wrote: outcome?.wrote });
  }

  #compareVersion(
    exchange: Exchange,
    key: string,
    { answer, wrote }: { readonly answer: ImageStream; readonly wrote: boolean | undefined },
  ): void {
    const before = this.#versions.get(key);
    const now = answer.metadata.resourceVersion ?? '';
    if (before !== undefined && now !== '') this.#same(exchange, before !== now, wrote);
    if (now !== '') this.#versions.set(key, now);
  }

  #read(exchange: Exchange, target: Target): void {
    const { response, status } = exchange;
    if (status !== 200 || response === undefined || Array.isArray(response['rows'])) return;
    if (target.query.has('resourceVersionMatch')) return;
    if (Array.isArray(response['items']))
      this.#readList(exchange, target, response['items'] as JsonObject[]);
    else if (target.resource === 'imagestreams' && target.subresource === '')
      this.#readStream(exchange, target, response);
    else this.#readView(exchange, target, response);
  }

  #readStream(exchange: Exchange, target: Target, response: JsonObject): void {
    if (response['kind'] !== 'ImageStream') return;
    const answer = response as unknown as ImageStream;
    const stream = this.world.streams.get(this.world.key(target, target.name));
    if (stream === undefined) this.#adopt(target, answer);
    else this.#same(exchange, answer, stream);
    this.#versions.set(this.#key(target, answer), answer.metadata.resourceVersion ?? '');
  }

  #readView(exchange: Exchange, target: Target, response: JsonObject): void {
    const view = this.#view(target);
    if (view === undefined) return;
    // The recorded server gives every layer of an image the size of its last one; ours are the real sizes.
    const isLayers = target.subresource === 'layers';
    this.#same(
      exchange,
      isLayers ? sizeless(response) : response,
      isLayers ? sizeless(view) : view,
    );
  }

  #readList(exchange: Exchange, target: Target, items: JsonObject[]): void {
    for (const item of items) {
      if (item['kind'] === 'PartialObjectMetadata') continue;
      const metadata = item['metadata'] as ImageStream['metadata'];
      const place = { ...target, namespace: metadata.namespace ?? '', name: metadata.name ?? '' };
      const stream = this.world.streams.get(this.world.key(place, place.name.split(':')[0] ?? ''));
      if (stream === undefined) continue;
      if (target.resource === 'imagestreams') this.#same(exchange, item, stream);
      const tag = place.name.slice(place.name.indexOf(':') + 1);
      if (target.resource === 'imagestreamtags') {
        this.#same(exchange, true, listedTags(stream).includes(tag));
        this.#same(exchange, item, imageStreamTagView(stream, tag, undefined));
      }
      if (target.resource === 'imagetags') {
        this.#same(exchange, true, allTags(stream).includes(tag));
        this.#same(exchange, item, imageTagView(stream, tag));
      }
    }
  }

  #view(target: Target): unknown {
    const [name = ''] = target.name.split(/[:@]/);
    const rest = target.name.slice(name.length + 1);
    const stream = this.world.streams.get(this.world.key(target, name));
    if (stream === undefined) return undefined;
    const image = this.world.images.get(newestEvent(stream, rest)?.image ?? '');
    const views: Readonly<Record<string, () => unknown>> = {
      imagestreamtags: () => imageStreamTagView(stream, rest, image),
      imagetags: () => imageTagView(stream, rest, image),
      imagestreamimages: () => this.#imageView(stream, target.name, rest),
      'imagestreams/layers': () => layersView(stream, (each) => this.world.images.get(each)),
    };
    const { resource, subresource } = target;
    return views[subresource === '' ? resource : `${resource}/${subresource}`]?.();
  }

  #imageView(stream: ImageStream, name: string, id: string): unknown {
    const found = findStreamImage(stream, id, (each) =>
      (this.world.images.get(each)?.dockerImageManifests ?? []).map(({ digest }) => digest),
    );
    const image = this.world.images.get(found ?? '');
    return image === undefined ? undefined : imageStreamImageView(stream, name, image);
  }

  #same(exchange: Exchange, answer: unknown, ours: unknown): void {
    const theirs = essence(answer);
    this.theirs.push({ step: exchange.step, value: theirs });
    this.ours.push({ step: exchange.step, value: this.#timed(essence(ours), theirs) });
  }

  /** Our times as the recorded server had them: one of ours is always the same one of theirs. */
  #timed(ours: unknown, theirs: unknown): unknown {
    if (typeof ours === 'string' && /^T\d+$/.test(ours) && typeof theirs === 'string') {
      const known = this.#times.get(ours) ?? theirs;
      this.#times.set(ours, known);
      return known;
    }
    if (Array.isArray(ours))
      return ours.map((item, index) =>
        this.#timed(item, Array.isArray(theirs) ? theirs[index] : undefined),
      );
    if (!isLoose(ours)) return ours;
    const other = isLoose(theirs) ? theirs : {};
    return Object.fromEntries(
      Object.entries(ours).map(([key, value]) => [key, this.#timed(value, other[key])]),
    );
  }

  #learn(image: Image): void {
    this.world.images.set(image.metadata.name ?? '', image);
  }

  #adopt(target: Target, answer: ImageStream): void {
    this.world.streams.set(this.#key(target, answer), answer);
  }

  #key(target: Target, stream: ImageStream): string {
    return this.world.key(target, stream.metadata.name ?? '');
  }

  /** Images come from registries and earlier scenarios; the answers show what they are. */
  #learnImages(value: unknown): void {
    if (Array.isArray(value)) for (const item of value) this.#learnImages(item);
    if (!isLoose(value)) return;
    const metadata = value['metadata'];
    const isImage = isLoose(value['dockerImageMetadata']) && isLoose(metadata);
    const created = isLoose(metadata) ? metadata['creationTimestamp'] : undefined;
    if (isImage && typeof created === 'string' && value['kind'] === 'Image')
      this.#learn(value as unknown as Image);
    for (const item of Object.values(value)) this.#learnImages(item);
  }
}

function streamOf(exchange: Exchange): ImageStream | undefined {
  const { response } = exchange;
  if (response?.['kind'] === 'ImageStream') return response as unknown as ImageStream;
  const status = response?.['kind'] === 'ImageStreamImport' ? response['status'] : undefined;
  return isLoose(status) ? (status['import'] as unknown as ImageStream | undefined) : undefined;
}

function isLoose(value: unknown): value is Loose {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Without what is incidental, and without what is absent in one spelling and empty in another. */
function essence(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(essence);
  if (!isLoose(value)) return value;
  const entries = Object.entries(value).filter(
    ([key, item]) =>
      !incidental.has(key) &&
      key !== 'kind' &&
      key !== 'apiVersion' &&
      !((key === 'labels' || key === 'annotations' || key === 'tags') && isEmpty(item)),
  );
  return Object.fromEntries(entries.map(([key, item]) => [key, essence(item)]));
}

function sizeless(layers: unknown): unknown {
  const blobs = isLoose(layers) && isLoose(layers['blobs']) ? Object.entries(layers['blobs']) : [];
  const plain = blobs.map(([digest, blob]) => {
    const data = blob as { size: number | null; mediaType: string };
    return [digest, { mediaType: data.mediaType, isSized: data.size !== null }];
  });
  return { ...(layers as Loose), blobs: Object.fromEntries(plain) };
}

function isEmpty(value: unknown): boolean {
  return value === null || value === undefined || Object.keys(value).length === 0;
}
