import type { KubeObject } from '#src/meta/object.ts';
import { failure, StatusError } from '#src/meta/status.ts';

import { watchFrame } from '../encode/watch-frame.ts';
import { objectHeaders, tableOptions } from '../encode/object-response.ts';
import { partialMetadata } from '../encode/partial-metadata.ts';
import { bookmarkTable, toTableEvent } from '../encode/table.ts';
import { negotiate, notAcceptable } from '../http/accept.ts';
import type { ApiResponse } from '../http/messages.ts';
import type { WatchEvent, WatchEvents } from '../resource.ts';
import type { VerbCall } from './call.ts';
import { watchQuery } from './list-query.ts';
import { whileAllowed } from './while-allowed.ts';

/** GET of a collection with `watch=true`: one JSON event a line until the client leaves or the time is over. */
export async function watchVerb(call: VerbCall): Promise<ApiResponse> {
  const { resource, rest } = call.target;
  if (rest.watch === undefined) throw unwatchable(resource);
  const { encoding, transform } = negotiate(call.request.headers.accept);
  if (encoding !== 'json') throw notAcceptable();
  const watch = rest.watch.bind(rest);
  const query = watchQuery(call);
  const { clock, context } = call;
  const events = await whileAllowed(call.recheck, { clock, signal: context.signal }, (signal) =>
    watch({ ...context, signal }, query),
  );
  const encode = transform === undefined ? plainEncoder(call) : transformEncoder(call, transform);
  return {
    status: 200,
    headers: { ...objectHeaders, 'content-type': 'application/json' },
    chunks: lines(events, encode),
  };
}

interface Encoder {
  object(object: KubeObject, first: boolean): object;
  bookmark(object: KubeObject, first: boolean): object;
}

async function* lines(watch: AsyncIterable<WatchEvents>, encode: Encoder): AsyncGenerator<Buffer> {
  let first = true;
  for await (const events of watch) {
    const frames: Buffer[] = [];
    for (const event of events) {
      frames.push(watchFrame(event.type, wireObject(event, encode, first)));
      first = false;
    }
    const [only] = frames;
    yield only !== undefined && frames.length === 1 ? only : Buffer.concat(frames);
  }
}

function wireObject(event: WatchEvent, encode: Encoder, first: boolean): object {
  switch (event.type) {
    case 'ERROR':
      return { kind: 'Status', apiVersion: 'v1', ...event.status };
    case 'BOOKMARK':
      return encode.bookmark(bookmarkObject(event), first);
    case 'ADDED':
    case 'MODIFIED':
    case 'DELETED':
      break;
  }
  return encode.object(event.object, first);
}

function bookmarkObject(event: WatchEvent & { readonly type: 'BOOKMARK' }): KubeObject {
  return {
    metadata: {
      resourceVersion: event.resourceVersion,
      creationTimestamp: null,
      ...(event.initialEventsEnd ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {}),
    },
  };
}

function plainEncoder({ target: { kind, apiVersion } }: VerbCall): Encoder {
  return {
    object: (object) => object,
    bookmark: (object) => ({ kind, apiVersion, ...object }),
  };
}

function transformEncoder(
  call: VerbCall,
  { kind, apiVersion }: { readonly kind: string; readonly apiVersion: string },
): Encoder {
  if (kind !== 'Table')
    return {
      object: (object) => partialMetadata(object, apiVersion),
      bookmark: (object) => partialMetadata(object, apiVersion),
    };
  const options = tableOptions(call, apiVersion);
  const own = { kind: call.target.kind, apiVersion: call.target.apiVersion };
  return {
    object: (object, first) => toTableEvent(object, first, options),
    bookmark: (object, first) => bookmarkTable({ ...own, ...object }, first, options),
  };
}

function unwatchable(resource: { readonly group: string; readonly name: string }): StatusError {
  const { group, name } = resource;
  const subject = group === '' ? name : `${name}.${group}`;
  return new StatusError(
    failure(
      405,
      'MethodNotAllowed',
      `watch is not supported on resources of kind ${JSON.stringify(subject)}`,
      { ...(group === '' ? {} : { group }), kind: name },
    ),
  );
}
