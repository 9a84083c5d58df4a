import { failure, StatusError } from '#src/meta/status.ts';

export type BodyFormat = 'json' | 'yaml' | 'protobuf';

const formats: ReadonlyMap<string, BodyFormat> = new Map([
  ['application/json', 'json'],
  ['application/yaml', 'yaml'],
  ['application/x-yaml', 'yaml'],
  ['text/yaml', 'yaml'],
  ['application/vnd.kubernetes.protobuf', 'protobuf'],
]);

/** The media type of a `Content-Type` header, lower case and without parameters; empty when there is none. */
export function mediaType(header: string | undefined): string {
  return (header ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

/**
 * How a request body is written; JSON when the header is absent.
 * @throws {StatusError} 415
 */
export function bodyFormat(header: string | undefined): BodyFormat {
  const type = mediaType(header);
  const format = type === '' ? 'json' : formats.get(type);
  if (format !== undefined) return format;
  throw unsupportedMediaType(
    'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf',
  );
}

/** Whether a body is one of the JSON patches. */
export function isPatch(header: string | undefined): boolean {
  return mediaType(header).endsWith('patch+json');
}

export function unsupportedMediaType(message: string): StatusError {
  return new StatusError(failure(415, 'UnsupportedMediaType', message));
}
