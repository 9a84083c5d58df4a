import type { Agent as HttpAgent, IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { rootCertificates } from 'node:tls';
import type { KubeObject } from '#src/meta/object.ts';
import { failure, StatusError, type Status } from '#src/meta/status.ts';
import { ConnectionError } from './errors.ts';
import type { Connection } from './kubeconfig.ts';

export interface ClientRequest {
  readonly method: string;
  /** Path with query. */
  readonly path: string;
  readonly body?: unknown;
  /** Sent as it stands, instead of a body. */
  readonly text?: string;
  /** Win over those that the client sets. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly contentType?: string;
  readonly accept?: string;
  readonly signal?: AbortSignal;
}

export interface Answer {
  readonly status: number;
  /** Where it sends to; empty when it does not. */
  readonly location: string;
  readonly text: string;
}

/** Speaks to one API server. Answers are parsed JSON; warnings of the server go to `onWarning`. */
export interface ApiClient {
  readonly connection: Connection;
  /**
   * The body of a 2xx answer.
   * @throws {StatusError} with the server's Status for every other answer
   * @throws {ConnectionError} when there is no answer
   */
  request<T = KubeObject>(request: ClientRequest): Promise<T>;
  /**
   * The answer as it came, whatever its status.
   * @throws {ConnectionError} when there is none
   */
  answer(request: ClientRequest): Promise<Answer>;
  /**
   * The body of a 2xx answer as it was sent.
   * @throws as `request`
   */
  text(request: ClientRequest): Promise<string>;
  /** The JSON documents of a streamed answer (a watch), one a line, until the server or the signal ends it. */
  stream(request: ClientRequest): AsyncIterable<unknown>;
  close(): void;
}

/** An import of `node:http` loads all of fetch as well, which takes longer than most commands. */
const http = process.getBuiltinModule('node:http');

const userAgent = 'sluice-cli';
const jsonType = 'application/json';

/** A client that keeps its connections open until it is closed. */
export function createApiClient(
  connection: Connection,
  onWarning: (message: string) => void,
): ApiClient {
  const url = new URL(connection.server);
  const agent =
    url.protocol === 'http:' ? new http.Agent({ keepAlive: true }) : tlsAgent(connection);

  async function send(request: ClientRequest): Promise<IncomingMessage> {
    const response = await exchange(connection, agent, request);
    for (const warning of warningsOf(response)) onWarning(warning);
    const code = response.statusCode ?? 0;
    if (code >= 200 && code < 300) return response;
    throw new StatusError(statusOf(code, await readAll(response)));
  }

  return {
    connection,
    async request<T>(request: ClientRequest): Promise<T> {
      const text = await readAll(await send(request));
      try {
        return JSON.parse(text) as T;
      } catch {
        throw new ConnectionError(`the server at ${connection.server} did not answer with JSON`);
      }
    },
    async answer(request) {
      const response = await exchange(connection, agent, request);
      return {
        status: response.statusCode ?? 0,
        location: response.headers.location ?? '',
        text: await readAll(response),
      };
    },
    text: async (request) => readAll(await send(request)),
    async *stream(request) {
      const response = await send(request);
      let rest = '';
      for await (const chunk of response.setEncoding('utf8')) {
        rest += String(chunk);
        const lines = rest.split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) if (line.trim() !== '') yield JSON.parse(line) as unknown;
      }
    },
    close() {
      agent.destroy();
    },
  };
}

function tlsAgent(connection: Connection): HttpsAgent {
  return new HttpsAgent({
    keepAlive: true,
    rejectUnauthorized: !connection.skipTlsVerify,
    ...(connection.ca === undefined ? {} : { ca: [...rootCertificates, connection.ca] }),
    ...(connection.clientCert === undefined ? {} : { cert: connection.clientCert }),
    ...(connection.clientKey === undefined ? {} : { key: connection.clientKey }),
    ...(connection.tlsServerName === undefined ? {} : { servername: connection.tlsServerName }),
  });
}

function exchange(
  connection: Connection,
  agent: HttpAgent | HttpsAgent,
  request: ClientRequest,
): Promise<IncomingMessage> {
  const body =
    request.text ?? (request.body === undefined ? undefined : JSON.stringify(request.body));
  const headers: Record<string, string> = {
    accept: request.accept ?? jsonType,
    'user-agent': userAgent,
    ...authorization(connection),
    ...(body === undefined
      ? {}
      : {
          'content-type': request.contentType ?? jsonType,
          'content-length': String(Buffer.byteLength(body)),
        }),
    ...request.headers,
  };
  return new Promise((resolve, reject) => {
    const send = connection.server.startsWith('http:') ? http.request : httpsRequest;
    const outgoing = send(`${connection.server}${request.path}`, {
      method: request.method,
      agent,
      headers,
      ...(request.signal === undefined ? {} : { signal: request.signal }),
    });
    outgoing.once('response', resolve);
    outgoing.once('error', (error) => {
      reject(request.signal?.aborted === true ? error : unreachable(connection, error));
    });
    outgoing.end(body);
  });
}

/** kubectl and oc send tokens over TLS only. */
function authorization(connection: Connection): Record<string, string> {
  if (connection.server.startsWith('http:')) return {};
  if (connection.token !== undefined) return { authorization: `Bearer ${connection.token}` };
  if (connection.username === undefined) return {};
  const pair = `${connection.username}:${connection.password ?? ''}`;
  return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
}

function unreachable(connection: Connection, error: Error): ConnectionError {
  const { host } = new URL(connection.server);
  const code = 'code' in error ? String(error.code) : '';
  if (code === 'ECONNREFUSED')
    return new ConnectionError(
      `The connection to the server ${host} was refused - did you specify the right host or port?`,
      'Nothing listens there: start a server with "sluice serve", or name another with --kubeconfig or --server.',
    );
  // Node appends advice to some of its messages, and OpenSSL its source code.
  const text = code === 'EPROTO' ? 'it does not answer in TLS' : error.message.split(';')[0];
  const message = `Unable to connect to the server: ${text ?? ''}`;
  return new ConnectionError(message, hints[code], { cause: error });
}

const caHint =
  "The server is not who the kubeconfig says, or its CA is missing: pass --certificate-authority FILE (tls/ca.crt in the server's data directory).";
const nameHint = 'Check the name in the kubeconfig, or pass --server.';

/** What to do, by the code of the failure. */
const hints: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: "The server's certificate has expired: it must get a new one.",
  DEPTH_ZERO_SELF_SIGNED_CERT: caHint,
  EAI_AGAIN: nameHint,
  ENOTFOUND: nameHint,
  EPROTO: 'Something else than an API server answers there: check the port.',
  ERR_TLS_CERT_ALTNAME_INVALID:
    'The certificate is for another name: pass --server with a name that it has.',
  ETIMEDOUT: 'Nothing answers there: check the address, and firewalls between here and there.',
  SELF_SIGNED_CERT_IN_CHAIN: caHint,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: caHint,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: caHint,
};

/** `Warning: 299 - "text"` headers, the texts. */
function warningsOf(response: IncomingMessage): string[] {
  const header = response.headers['warning'];
  if (header === undefined) return [];
  return [...header.matchAll(/\b299\s+\S+\s+"((?:[^"\\]|\\.)*)"/g)].map((match) =>
    (match[1] ?? '').replaceAll(/\\(.)/g, '$1'),
  );
}

function statusOf(code: number, text: string): Status {
  try {
    const parsed = JSON.parse(text) as Status;
    if (parsed.kind === 'Status') return parsed;
  } catch {
    // Not JSON: a proxy, or no API server at all.
  }
  return failure(
    code,
    undefined,
    `the server answered ${code}: ${text.slice(0, 200).trim() || 'nothing'}`,
  );
}

async function readAll(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
