import type { CallOptions, Descriptor, VerifiedBody } from '../content/types.ts';
import { isManifestType } from '../manifest/parse.ts';
import { makeReference, type Reference } from '../ref/reference.ts';
import { Blobs } from './blobs.ts';
import { importImage } from './import.ts';
import { Manifests } from './manifests.ts';
import { listReferrers } from './referrers.ts';
import type { Session } from './session.ts';
import { listTags } from './tags.ts';
import type {
  ImportedImage,
  ImportOptions,
  ReferrersOptions,
  Repository,
  ResolveOptions,
  ResolveResult,
  TagListOptions,
  TagPage,
} from './types.ts';

/** A repository as one identity sees it. */
export class RemoteRepository implements Repository {
  readonly reference: Reference;
  readonly manifests: Manifests;
  readonly blobs: Blobs;
  readonly #session: Session;

  constructor(session: Session, reference: Reference = makeReference(session.name)) {
    this.reference = reference;
    this.#session = session;
    this.manifests = new Manifests(session);
    this.blobs = new Blobs(session);
  }

  async fetch(descriptor: Descriptor, options: CallOptions = {}): Promise<VerifiedBody> {
    const store = isManifestType(descriptor.mediaType) ? this.manifests : this.blobs;
    return store.fetch(descriptor, options);
  }

  resolve(reference: string, options: ResolveOptions = {}): Promise<ResolveResult> {
    return this.manifests.resolve(reference, options);
  }

  tags(options: TagListOptions = {}): AsyncIterable<TagPage> {
    return listTags(this.#session, options);
  }

  referrers(subject: Descriptor, options: ReferrersOptions = {}): AsyncIterable<Descriptor> {
    return listReferrers(this.#session, this.manifests, subject, options);
  }

  async importImage(reference: string, options: ImportOptions): Promise<ImportedImage> {
    return importImage(
      { session: this.#session, manifests: this.manifests, blobs: this.blobs },
      reference,
      options,
    );
  }
}
