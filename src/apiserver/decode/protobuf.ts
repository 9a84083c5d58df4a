import type { JsonObject } from '#src/meta/json.ts';
import { badRequest, StatusError } from '#src/meta/status.ts';

import { decodeKubernetesProtobuf } from '../protobuf/kubernetes.ts';
import { ProtobufError } from '../protobuf/wire-reader.ts';
import { unsupportedMediaType } from './content-type.ts';

/**
 * The object in a protobuf body.
 * @throws {StatusError} 400 for bytes that are none, 415 for a kind that is only read as JSON or YAML
 */
export function decodeProtobuf(body: Buffer): JsonObject {
  try {
    const object = decodeKubernetesProtobuf(body);
    if (object !== undefined) return object;
  } catch (error) {
    if (!(error instanceof ProtobufError)) throw error;
    throw new StatusError(badRequest(`the body is not valid protobuf: ${error.message}`));
  }
  throw unsupportedMediaType(
    'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml',
  );
}
