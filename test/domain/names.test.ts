import { describe, expect, test } from 'vitest';
import {
  parseImageSignatureName,
  parseImageStreamImageName,
  parseImageStreamTagName,
  parseImageTagName,
  parseNewTagName,
} from '#src/domain/names.ts';

function message(parsed: object): string | undefined {
  return 'status' in parsed ? (parsed.status as { message: string }).message : undefined;
}

describe('names of objects inside a stream', () => {
  test('a tag has one colon and two halves', () => {
    expect(parseImageStreamTagName('app:v1')).toEqual({ name: { stream: 'app', tag: 'v1' } });
  });

  test.for(['app', 'app:', ':v1', 'a:b:c', 'a@b:c', ''])('%s is no tag to look up', (text) => {
    expect(message(parseImageStreamTagName(text))).toBe(
      'ImageStreamTags must be retrieved with <name>:<tag>',
    );
    expect(message(parseImageTagName(text))).toBe('ImageTags must be retrieved with <name>:<tag>');
  });

  test('a new tag is split at its first colon, and is latest by default', () => {
    expect(parseNewTagName('app:')).toEqual({ name: { stream: 'app', tag: 'latest' } });
    expect(parseNewTagName('app:a:b')).toEqual({ name: { stream: 'app', tag: 'a:b' } });
    expect(parseNewTagName('app')).toMatchObject({
      status: { code: 500, message: '"app" must be of the form <stream_name>:<tag>' },
    });
  });

  test.for(['app', 'app@', '@x', 'a@b@c'])('%s is no image of a stream', (text) => {
    expect(message(parseImageStreamImageName(text))).toBe(
      'ImageStreamImages must be retrieved with <name>@<id>',
    );
    expect(message(parseImageSignatureName(text))).toBe(
      'ImageSignatures must be accessed with <imageName>@<signatureName>',
    );
  });
});
