/** Time, processor and memory of this process and of others, read from the operating system. */
import { readdirSync, readFileSync } from 'node:fs';

/** What was used between the start and the end of a measurement. */
export interface Usage {
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** The most memory that was resident at one time since the process started. */
  readonly peakRssMiB: number;
}

/** Starts measuring this process; the answer ends the measurement. */
export function measureSelf(): () => Usage {
  const startedNs = process.hrtime.bigint();
  const cpu = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(cpu);
    return {
      seconds: Number(process.hrtime.bigint() - startedNs) / 1e9,
      cpuSeconds: (user + system) / 1e6,
      // KiB on every platform (libuv).
      peakRssMiB: process.resourceUsage().maxRSS / 1024,
    };
  };
}

/** Clock ticks a second in /proc; fixed by the kernel's interface to user space (sysconf _SC_CLK_TCK on Linux). */
const ticksPerSecond = 100;

/** Processor seconds so far and peak memory of a process with everything it started; Linux, undefined elsewhere. */
export function treeUsage(pid: number): Omit<Usage, 'seconds'> | undefined {
  const members = treeOf(pid);
  if (members.length === 0) return undefined;
  return {
    cpuSeconds: cpuSecondsOf(members),
    peakRssMiB: peakRssMiB(pid),
  };
}

/** Processor seconds so far. */
export interface Cpu {
  /** Of the server's own process. */
  readonly server: number;
  /** Of everything that it started, which is its PostgreSQL. */
  readonly database: number;
  /** Of this process. */
  readonly client: number;
}

/** What a server with its database and this process, which is its client, used so far; Linux, else only the client. */
export function cpuOf(server: number): Cpu {
  const members = treeOf(server);
  const { user, system } = process.cpuUsage();
  return {
    server: cpuSecondsOf(members.filter(({ pid }) => pid === server)),
    database: cpuSecondsOf(members.filter(({ pid }) => pid !== server)),
    client: (user + system) / 1e6,
  };
}

function cpuSecondsOf(members: readonly ProcessLine[]): number {
  return members.reduce((sum, one) => sum + one.ticks, 0) / ticksPerSecond;
}

function treeOf(pid: number): ProcessLine[] {
  const all = processes();
  const tree = new Set([pid]);
  // Children stand after their parents often but not always, so until nothing is added.
  for (let size = 0; size !== tree.size;) {
    size = tree.size;
    for (const one of all) if (tree.has(one.parent)) tree.add(one.pid);
  }
  return all.filter((one) => tree.has(one.pid));
}

/** Peak resident memory of one process in MiB; 0 where /proc does not say. */
export function peakRssMiB(pid: number): number {
  const status = read(`/proc/${pid}/status`) ?? '';
  return Number(/^VmHWM:\s+(?<kib>\d+)/mu.exec(status)?.groups?.['kib'] ?? 0) / 1024;
}

/** Memory that a process and everything it started hold now, in MiB, shared pages counted once (PSS). */
export function treeMemoryMiB(pid: number): number {
  const kib = treeOf(pid).map(
    (one) =>
      /^Pss:\s+(?<kib>\d+)/mu.exec(read(`/proc/${one.pid}/smaps_rollup`) ?? '')?.groups?.['kib'],
  );
  return kib.reduce((sum, one) => sum + Number(one ?? 0), 0) / 1024;
}

interface ProcessLine {
  readonly pid: number;
  readonly parent: number;
  readonly ticks: number;
}

function processes(): ProcessLine[] {
  let names: string[];
  try {
    names = readdirSync('/proc').filter((name) => /^\d+$/u.test(name));
  } catch {
    return [];
  }
  return names.flatMap((name) => {
    const stat = read(`/proc/${name}/stat`);
    if (stat === undefined) return [];
    // proc(5): the second field is the name in parentheses and may hold spaces; fields 3… follow it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [user, system, waitedUser, waitedSystem] = fields.slice(11, 15).map(Number);
    const ticks = (user ?? 0) + (system ?? 0) + (waitedUser ?? 0) + (waitedSystem ?? 0);
    return [{ pid: Number(name), parent: Number(fields[1]), ticks }];
  });
}

/** TCP connections to a local port that are open now; Linux, undefined elsewhere. */
export function openConnections(port: number): number | undefined {
  const tables = [read('/proc/net/tcp'), read('/proc/net/tcp6')];
  if (tables[0] === undefined) return undefined;
  const remote = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return tables
    .flatMap((table) => (table ?? '').split('\n'))
    .filter((line) => {
      const [, , to, state] = line.trim().split(/\s+/u);
      return state === '01' && to?.endsWith(remote) === true;
    }).length;
}

/** Looks at a figure again and again; the answer stops that and tells the highest. */
export function samplePeak(sample: () => number | undefined, everyMs = 50): () => number {
  let peak = 0;
  const look = (): void => {
    peak = Math.max(peak, sample() ?? 0);
  };
  const timer = setInterval(look, everyMs);
  return () => {
    clearInterval(timer);
    look();
    return peak;
  };
}

/** The value that the given share of values does not exceed (nearest rank); 0 for none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
}

/** A figure with so many decimals, for people. */
export function rounded(value: number, decimals = 2): number {
  return Number(value.toFixed(decimals));
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
