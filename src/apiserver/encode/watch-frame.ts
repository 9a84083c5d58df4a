import { jsonBytes } from './json-bytes.ts';

/** Frames of shared objects, by event type. */
const known = new WeakMap<object, Map<string, Buffer>>();

/** An event of a watch as one line. Frozen objects are shared by many watchers, and their line is made once. */
export function watchFrame(type: string, object: object): Buffer {
  if (!Object.isFrozen(object)) return frameOf(type, object);
  let frames = known.get(object);
  if (frames === undefined) known.set(object, (frames = new Map()));
  let frame = frames.get(type);
  if (frame === undefined) frames.set(type, (frame = frameOf(type, object)));
  return frame;
}

const end = Buffer.from('}\n');

function frameOf(type: string, object: object): Buffer {
  return Buffer.concat([Buffer.from(`{"type":"${type}","object":`), jsonBytes(object), end]);
}
