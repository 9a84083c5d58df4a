import { expect } from 'vitest';

import type { Answer } from '../../support/http.ts';
import { freshName, type Program } from './program.ts';

export const imageGroup = '/apis/image.openshift.io/v1';

/** Path of the image streams of a namespace, or of one of them. */
export function streamsIn(namespace: string, name?: string): string {
  const path = `${imageGroup}/namespaces/${namespace}/imagestreams`;
  return name === undefined ? path : `${path}/${name}`;
}

/** Path of a core kind in a namespace. */
export function coreIn(namespace: string, resource: string, name?: string): string {
  const path = `/api/v1/namespaces/${namespace}/${resource}`;
  return name === undefined ? path : `${path}/${name}`;
}

export interface StreamOptions {
  readonly name?: string;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  readonly spec?: object;
}

export interface StreamDocument {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: object;
}

/** A document of an image stream without tags that anybody would import. */
export function stream({
  name = freshName(),
  spec = {},
  ...metadata
}: StreamOptions = {}): StreamDocument {
  return {
    apiVersion: 'image.openshift.io/v1',
    kind: 'ImageStream',
    metadata: { name, ...metadata },
    spec,
  };
}

/** A tag that is a mere reference: nothing is imported for it. */
export function reference(name: string, from = 'quay.io/acme/app:1'): object {
  return { name, reference: true, from: { kind: 'DockerImage', name: from } };
}

/** Creates an image stream; answers it. */
export async function createStream(
  program: Program,
  namespace: string,
  options: StreamOptions = {},
): Promise<Answer['json']> {
  const { status, json } = await program.post(streamsIn(namespace), stream(options));
  expect({ status, json }).toMatchObject({ status: 201 });
  return json;
}
