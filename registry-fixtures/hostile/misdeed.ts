/** A request as it came over the wire. */
export interface HostileRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  /** Names in lower case; several lines of one name joined by `, `. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
  /** 1 for the first connection. */
  readonly connection: number;
  /** 1 for the first request of the server. */
  readonly number: number;
}

/** A running server that misbehaves. Disposing of it closes it with everything it has open. */
export interface HostileServer extends AsyncDisposable {
  readonly url: string;
  /** `127.0.0.1:PORT`, as it stands in a pull spec. */
  readonly host: string;
  /** Every request, oldest first. */
  readonly requests: readonly HostileRequest[];
  /** Connections accepted so far. */
  readonly connections: number;
  /** Connections open now. */
  readonly open: number;
  /** Bytes handed to the network so far. */
  readonly bytesSent: number;
  /** Where the server tries to lead its clients, when that is a server too. */
  readonly accomplice: HostileServer | undefined;
  /** PEM of the authority that signed its certificate, for TLS. */
  readonly authority: string | undefined;
}

/** One way to misbehave. */
export interface Misdeed {
  /** 1 for H1. */
  readonly number: number;
  /** What the server does. */
  readonly name: string;
  /** Starts the server on a free port of 127.0.0.1. */
  start(): Promise<HostileServer>;
}
