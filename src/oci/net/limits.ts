/** Bounds on what a registry may send and how long it may take. Sizes in bytes, times in milliseconds. */
export interface Limits {
  readonly manifestBytes: number;
  readonly configBytes: number;
  readonly tokenBytes: number;
  /** How much of an error's body is read. */
  readonly errorBytes: number;
  readonly tagPageBytes: number;
  readonly redirects: number;
  readonly pages: number;
  readonly tags: number;
  readonly indexDepth: number;
  readonly indexChildren: number;
  readonly jsonDepth: number;
  readonly requestsPerOperation: number;
  readonly connectMs: number;
  readonly headersMs: number;
  /** Between two pieces of a body. */
  readonly bodyIdleMs: number;
  /** One request from its start to the last byte. */
  readonly requestMs: number;
  /** One call of the client with everything it asks for. */
  readonly operationMs: number;
}

/** 4 MiB manifests as containers/image and containerd; the others leave a slow registry time and a hostile one none. */
export const defaultLimits: Limits = {
  manifestBytes: 4 * 1024 * 1024,
  configBytes: 4 * 1024 * 1024,
  tokenBytes: 128 * 1024,
  errorBytes: 16 * 1024,
  tagPageBytes: 4 * 1024 * 1024,
  redirects: 5,
  pages: 20,
  tags: 100_000,
  indexDepth: 3,
  indexChildren: 128,
  jsonDepth: 64,
  requestsPerOperation: 400,
  connectMs: 10_000,
  headersMs: 15_000,
  bodyIdleMs: 15_000,
  requestMs: 45_000,
  operationMs: 120_000,
};
