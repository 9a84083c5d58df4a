import { expect, test } from 'vitest';

import { createLogger } from '#workers/log.ts';

function logged(write: (log: ReturnType<typeof createLogger>) => void): string[] {
  const lines: string[] = [];
  write(createLogger({ level: 'info', format: 'json' }, { write: (line) => lines.push(line) }));
  return lines;
}

test('a line is one JSON object with time, level, message and data', () => {
  const [line = '', ...others] = logged((log) => {
    log.info('imported', { stream: 'app' });
    log.debug('not shown');
  });
  expect(others).toEqual([]);
  expect(JSON.parse(line)).toEqual({
    level: 'info',
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    stream: 'app',
    msg: 'imported',
  });
});

test('credentials never reach the log, wherever they stand', () => {
  const password = 'hunter2';
  const cause = new Error(`redis://:${password}@redis:6379 refused`);
  const error = new Error(`connect to postgres://sluice:${password}@db/sluice failed`, { cause });
  const text = logged((log) => {
    log.error('failed', { error });
    log.warn('odd', { password, nested: { token: password, authorization: password } });
    log.warn('secret', { secret: { data: { '.dockerconfigjson': password } } });
  }).join('');
  expect(text).not.toContain(password);
  expect(text).toContain('postgres://[hidden]@db/sluice');
  expect(text).toContain('redis://[hidden]@redis:6379');
});
