import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { Connection, type Answered, type Exchange } from './connection.ts';
import { Random } from './random.ts';
import { Requests, type FuzzRequest } from './requests.ts';
import type { FuzzWorld } from './world.ts';

export interface FuzzOptions {
  readonly seed: number;
  readonly requests: number;
  readonly connections: number;
  /** Called now and then with how many are done. */
  readonly onProgress?: (done: number) => void;
}

export interface FuzzReport {
  /** Requests by status; 0 is a connection that was closed without an answer, -1 one that stayed silent. */
  readonly statuses: Readonly<Record<string, number>>;
  /** What may not be, with the request that brought it. */
  readonly problems: readonly string[];
  /** Of the heap after a collection, when a fifth was done and at the end. */
  readonly heapMiB: { readonly early: number; readonly late: number };
  readonly slowestMs: number;
}

const maxProblems = 30;

/** Sends so many bad requests and looks at every answer. */
export async function fuzz(world: FuzzWorld, options: FuzzOptions): Promise<FuzzReport> {
  const requests = new Requests(world.resources, new Random(options.seed), world.token);
  const statuses: Record<string, number> = {};
  const problems: string[] = [];
  let done = 0;
  let slowestMs = 0;
  async function work(connection: Connection, until: number): Promise<void> {
    while (done < until) {
      done += 1;
      const isRound = done % 1_000 === 0;
      const request = requests.next();
      const answered = await connection.exchange(request);
      statuses[answered.status] = (statuses[answered.status] ?? 0) + 1;
      slowestMs = Math.max(slowestMs, answered.ms);
      const problem = problemOf(answered, request);
      if (problem !== undefined && problems.length < maxProblems) problems.push(problem);
      if (isRound) {
        options.onProgress?.(done);
        await prepare(world, connection);
      }
    }
  }
  const connections = Array.from(
    { length: options.connections },
    () => new Connection(world.port, world.ca),
  );
  const [first] = connections;
  if (first === undefined) throw new Error('there is no connection');
  await prepare(world, first);
  await Promise.all(connections.map((each) => work(each, options.requests / 5)));
  const early = heapMiB();
  await Promise.all(connections.map((each) => work(each, options.requests)));
  const late = heapMiB();
  const well = await first.exchange({ bytes: get(world, '/readyz'), method: 'GET', isHttp: true });
  if (well.status !== 200) problems.push(`afterwards /readyz is ${well.status} ${well.body}`);
  if (({} as { polluted?: unknown }).polluted !== undefined)
    problems.push('a prototype was changed');
  for (const connection of connections) connection.close();
  problems.push(...world.failures.slice(0, maxProblems));
  return { statuses, problems, heapMiB: { early, late }, slowestMs: Math.round(slowestMs) };
}

/** The namespace that most requests are about and something of every kind in it; the requests take them away again. */
async function prepare(world: FuzzWorld, connection: Connection): Promise<void> {
  await connection.exchange(post(world, '/api/v1/namespaces', { metadata: { name: 'fuzz' } }));
  for (const { group, version, name, namespaced, rest } of world.resources) {
    if (rest.create === undefined || rest.list === undefined) continue;
    const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
    const path = `${root}${namespaced ? '/namespaces/fuzz' : ''}/${name}`;
    for (const object of ['a', 'app'])
      await connection.exchange(post(world, path, { metadata: { name: object } }));
  }
}

function post({ token }: FuzzWorld, path: string, document: object): Exchange {
  const body = JSON.stringify(document);
  const head = `POST ${path} HTTP/1.1\r\nHost: sluice\r\nAuthorization: Bearer ${token}\r\nContent-Length: ${body.length}\r\n\r\n`;
  return { bytes: Buffer.from(`${head}${body}`), method: 'POST', isHttp: true };
}

function get({ token }: FuzzWorld, path: string): Buffer {
  return Buffer.from(
    `GET ${path} HTTP/1.1\r\nHost: sluice\r\nAuthorization: Bearer ${token}\r\n\r\n`,
  );
}

/** No worker is there for imports; the others are a 500 in OpenShift and Kubernetes too. */
const meant = [
  'there is no worker',
  'must be of the form <stream_name>:<tag>',
  'must be of the form <stream_name>@<sha256:image_id>',
  'strconv.ParseUint: parsing',
];

function problemOf(
  { status, contentType, body }: Answered,
  { line, method, isHttp }: FuzzRequest,
): string | undefined {
  const shown = `${line.slice(0, 1_500)}\n  → ${status} ${body.slice(0, 500)}`;
  if (status === -1) return `no answer: ${shown}`;
  if (status === 0 && isHttp) return `hung up: ${shown}`;
  if (status < 500) return undefined;
  const isMeant = meant.some((text) => body.includes(text)) || status === 501;
  const isStatus =
    method === 'HEAD' ||
    (contentType.startsWith('application/json') && body.includes('"kind":"Status"'));
  return isMeant && isStatus ? undefined : shown;
}

function heapMiB(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  for (let round = 0; round < 3; round += 1) collect();
  return Math.round(process.memoryUsage().heapUsed / 2 ** 20);
}
