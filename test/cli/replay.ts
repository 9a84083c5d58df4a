/** Runs a command line against recorded answers of a server instead of a server. */
import { runCommandLine } from '#src/cli/run.ts';
import type { ApiClient, ClientRequest } from '#src/cli/client.ts';
import { notFound, StatusError, type Status } from '#src/meta/status.ts';

/** One request that `oc` made and what the server answered. */
export interface RecordedExchange {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  readonly status: number;
  readonly response: unknown;
}

/** What a command line printed and sent. */
export interface Replayed {
  readonly stdout: string;
  readonly stderr: string;
  readonly exit: number;
  /** Requests that change something. */
  readonly writes: readonly {
    readonly method: string;
    readonly path: string;
    readonly body: unknown;
  }[];
}

export interface ReplayOptions {
  readonly http: readonly RecordedExchange[];
  readonly now: number;
  readonly stdin?: string;
}

/** Reads may be asked in any order and more than once; writes are answered in the order in which they were recorded. */
export async function replay(args: readonly string[], options: ReplayOptions): Promise<Replayed> {
  const output = { stdout: '', stderr: '' };
  const writes: { method: string; path: string; body: unknown }[] = [];
  const pending = options.http.filter(({ method }) => method !== 'GET');
  const namespace = args[args.indexOf('-n') + 1] ?? 'default';

  function answer(request: ClientRequest): RecordedExchange {
    if (request.method === 'GET') {
      const found = options.http.find(
        ({ method, path }) => method === 'GET' && unpaged(path) === unpaged(request.path),
      );
      // OpenShift has no such thing, and oc asks for none.
      if (request.path.endsWith('/history')) return notServed(request.path);
      if (found === undefined) throw new Error(`unexpected GET ${request.path}`);
      return found;
    }
    writes.push({ method: request.method, path: request.path, body: request.body });
    const next = pending.shift();
    if (next === undefined || next.method !== request.method || next.path !== request.path)
      throw new Error(`unexpected ${request.method} ${request.path}`);
    return next;
  }

  const client: ApiClient = {
    connection: { server: 'https://recorded', namespace, skipTlsVerify: false },
    request<T>(request: ClientRequest): Promise<T> {
      const { status, response } = answer(request);
      return status < 400
        ? Promise.resolve(structuredClone(response) as T)
        : Promise.reject(new StatusError(response as Status));
    },
    answer: () => Promise.reject(new Error('nothing is recorded of logins')),
    text: () => {
      throw new Error('nothing is recorded of raw answers');
    },
    stream: () => {
      throw new Error('nothing is recorded of watches');
    },
    close: () => undefined,
  };
  const exit = await runCommandLine(args, (flags) => ({
    api: () => client,
    namespace: () => namespace,
    out: (text) => void (output.stdout += text),
    err: (text) => void (output.stderr += text),
    progress: () => undefined,
    readFile: () => Promise.resolve(options.stdin ?? ''),
    flags,
    edit: () => Promise.reject(new Error('there is no editor')),
    ask: () => Promise.reject(new Error('there is nobody to ask')),
    changeKubeconfig: () => Promise.reject(new Error('there is no kubeconfig')),
    now: () => options.now,
    signal: new AbortController().signal,
  }));
  return { ...output, exit, writes };
}

function notServed(path: string): RecordedExchange {
  const response = notFound({ group: '', resource: '' }, path);
  return { method: 'GET', path, status: 404, response };
}

/** Whether a list is asked for in pages is no part of the question. */
function unpaged(path: string): string {
  return path.replace(/[?&]limit=500$/, '');
}
