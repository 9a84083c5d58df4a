/** Why the embedded PostgreSQL did not start. */
export type EmbeddedServerErrorCode =
  /** No PostgreSQL for this platform: not installed, or it cannot run here. */
  | 'NoBinaries'
  /** Started as root, and there is no other user to run PostgreSQL as. */
  | 'NoUser'
  /** The path of the data directory is too long for a unix socket. */
  | 'PathTooLong'
  /** The user PostgreSQL runs as may not enter the data directory. */
  | 'NotReachable'
  /** Another process has this data directory. */
  | 'InUse'
  /** The data directory was written by another major version of PostgreSQL. */
  | 'OtherVersion'
  /** PostgreSQL ended or kept silent while starting. */
  | 'StartFailed';

/** One clear line for the user who started Sluice; what PostgreSQL itself said is the `cause`. */
export class EmbeddedServerError extends Error {
  override readonly name = 'EmbeddedServerError';
  readonly code: EmbeddedServerErrorCode;

  constructor(code: EmbeddedServerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
