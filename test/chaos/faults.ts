/** What goes wrong, one thing at a time or several. Each heals itself before it resolves. */
import type { Fault as ProxyFault } from '#test/support/counting-proxy.ts';

import type { World } from './world.ts';

export interface Fault {
  readonly name: string;
  /** It needs a Redis. */
  readonly ofRedis?: true;
  run(world: World, pick: (below: number) => number): Promise<void>;
}

async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

function badRegistry(name: string, fault: ProxyFault): Fault {
  return {
    name,
    async run(world, pick) {
      const heal = world.proxy.inject({ fault });
      await pause(1_000 + pick(2_000));
      heal();
    },
  };
}

/** As a machine that is moved, or starved by others: it does nothing for longer than its locks last, and goes on. */
function pausedProcess(kind: 'worker' | 'server'): Fault {
  return {
    name: `${kind} paused`,
    async run(world, pick) {
      const all = kind === 'worker' ? world.workers : world.servers;
      const pid = all[pick(all.length)]?.pid;
      if (pid === undefined) return;
      process.kill(pid, 'SIGSTOP');
      await pause(1_000 + pick(5_000));
      process.kill(pid, 'SIGCONT');
    },
  };
}

export const faults: readonly Fault[] = [
  {
    name: 'worker killed',
    async run(world, pick) {
      const index = pick(world.workers.length);
      await world.workers[index]?.kill9();
      await pause(pick(2_000));
      await world.startWorker(index);
    },
  },
  {
    name: 'server killed',
    async run(world, pick) {
      const index = pick(world.servers.length);
      await world.servers[index]?.kill9();
      await pause(pick(2_000));
      await world.startServer(index);
    },
  },
  pausedProcess('worker'),
  pausedProcess('server'),
  {
    name: 'Redis killed',
    ofRedis: true,
    async run({ redis }, pick) {
      await redis?.kill9();
      await pause(pick(3_000));
      await redis?.start();
    },
  },
  {
    name: 'Redis emptied',
    ofRedis: true,
    async run({ redis }, pick) {
      await redis?.kill9();
      await pause(pick(1_000));
      await redis?.start({ empty: true });
    },
  },
  {
    name: 'PostgreSQL killed',
    run: (world) => world.killDatabase(),
  },
  { name: 'sessions cut', run: (world) => world.cutSessions() },
  {
    name: 'registry killed',
    async run({ registry }, pick) {
      await registry.kill9();
      await pause(pick(2_000));
      await registry.start();
    },
  },
  badRegistry('registry overloaded', {
    kind: 'status',
    status: 503,
    headers: { 'retry-after': '1' },
  }),
  badRegistry('registry limits', { kind: 'status', status: 429, headers: { 'retry-after': '1' } }),
  badRegistry('registry resets', { kind: 'reset' }),
  badRegistry('registry hangs', { kind: 'stall' }),
  badRegistry('registry cuts bodies', { kind: 'cut', afterBytes: 20 }),
  badRegistry('registry is slow', { kind: 'delay', ms: 800 }),
];
