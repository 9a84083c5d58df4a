/**
 * `npm run chaos -- [--seconds N] [--seed N] [--queue redis|postgres]`: tags move and people work while everything is
 * killed in turn; afterwards every stream must be right, the registry must not have been asked more than it may, and
 * every process must stop in time. The last line is one JSON object; exit 1 when something is wrong.
 */
import { parseArgs } from 'node:util';

import { runChaos } from './run.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '90' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    streams: { type: 'string', default: '12' },
    tags: { type: 'string', default: '3' },
    queue: { type: 'string', default: 'redis' },
    only: { type: 'string', default: '' },
  },
});

const [seconds, seed] = [Number(values.seconds), Number(values.seed)];
process.stderr.write(`seed ${seed}\n`);
const { problems, ...result } = await runChaos({
  seconds,
  seed,
  streams: Number(values.streams),
  tags: Number(values.tags),
  workers: 3,
  servers: 2,
  queue: values.queue === 'postgres' ? 'postgres' : 'redis',
  only: values.only,
  say: (text) => {
    process.stderr.write(`${text}\n`);
  },
});
const verdict = {
  chaos: problems.length === 0 ? 'passed' : 'failed',
  queue: values.queue,
  seed,
  seconds,
};
process.stdout.write(`${JSON.stringify({ ...verdict, ...result, problems: problems.length })}\n`);
process.exitCode = problems.length === 0 ? 0 : 1;
