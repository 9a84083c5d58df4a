import { badRequest, failure, type Status } from '#src/meta/status.ts';
import { defaultTag } from './types.ts';

/** A tag by the name of its object: `⟨stream⟩:⟨tag⟩`. */
export interface TagName {
  readonly stream: string;
  readonly tag: string;
}

/** An image of a stream by the name of its object: `⟨stream⟩@⟨id⟩`; the id may be a prefix. */
export interface StreamImageName {
  readonly stream: string;
  readonly id: string;
}

export type ParsedName<T> = { readonly name: T } | { readonly status: Status };

/** The name of an ImageStreamTag or ImageTag. */
export function tagObjectName(stream: string, tag: string): string {
  return `${stream}:${tag}`;
}

/** Reads the name of an ImageStreamTag that is looked up or deleted: one colon, both halves given, else 400. */
export function parseImageStreamTagName(text: string): ParsedName<TagName> {
  return parseTagName(text, 'ImageStreamTags');
}

/** As for an ImageStreamTag; the message names ImageTags. */
export function parseImageTagName(text: string): ParsedName<TagName> {
  return parseTagName(text, 'ImageTags');
}

/** Reads the name of a tag that is created: split at the first colon, an empty tag means `latest`; no colon is a 500. */
export function parseNewTagName(text: string): ParsedName<TagName> {
  const colon = text.indexOf(':');
  if (colon === -1) {
    const message = `${JSON.stringify(text)} must be of the form <stream_name>:<tag>`;
    return { status: failure(500, undefined, message) };
  }
  const tag = text.slice(colon + 1);
  return { name: { stream: text.slice(0, colon), tag: tag === '' ? defaultTag : tag } };
}

/** Reads the name of an ImageStreamImage: one `@`, both halves given, else 400. */
export function parseImageStreamImageName(text: string): ParsedName<StreamImageName> {
  const [stream = '', id = '', ...rest] = text.split('@');
  return stream === '' || id === '' || rest.length > 0
    ? { status: badRequest('ImageStreamImages must be retrieved with <name>@<id>') }
    : { name: { stream, id } };
}

/** Reads the name of an ImageSignature: `⟨image⟩@⟨signature⟩`, else 400. */
export function parseImageSignatureName(
  text: string,
): ParsedName<{ readonly image: string; readonly signature: string }> {
  const [image = '', signature = '', ...rest] = text.split('@');
  return image === '' || signature === '' || rest.length > 0
    ? {
        status: badRequest('ImageSignatures must be accessed with <imageName>@<signatureName>'),
      }
    : { name: { image, signature } };
}

function parseTagName(text: string, plural: string): ParsedName<TagName> {
  const [stream = '', tag = '', ...rest] = text.split(':');
  return stream === '' || tag === '' || rest.length > 0 || text.includes('@')
    ? { status: badRequest(`${plural} must be retrieved with <name>:<tag>`) }
    : { name: { stream, tag } };
}
