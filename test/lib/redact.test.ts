import { expect, test } from 'vitest';

import { withoutCredentials } from '#src/lib/redact.ts';

test.for<[string, string]>([
  ['connect to postgres://u:p@host/db failed', 'connect to postgres://[hidden]@host/db failed'],
  ['redis://:p@ss@host:6379', 'redis://[hidden]@host:6379'],
  ['GET https://token@h/a and http://b:c@d', 'GET https://[hidden]@h/a and http://[hidden]@d'],
  ['https://host/a@sha256:abc', 'https://host/a@sha256:abc'],
  ['Authorization: Bearer abc.def-123_x=', 'Authorization: Bearer [hidden]'],
  ['{"authorization":"Basic dXNlcjpwYXNz="}', '{"authorization":"Basic [hidden]"}'],
  ['the Bearer challenge of the registry', 'the Bearer challenge of the registry'],
])('%s', ([text, shown]) => {
  expect(withoutCredentials(text)).toBe(shown);
});
