/** What the client itself refuses or cannot do; printed as `error: ⟨message⟩`. */
export class CliError extends Error {
  override readonly name = 'CliError';
  /** 1 when something failed, 2 when the command line is wrong. */
  readonly exitCode: 1 | 2;

  constructor(message: string, exitCode: 1 | 2 = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** A wrong command line; the message is followed by where to read about the command. */
export function usageError(message: string): CliError {
  return new CliError(message, 2);
}

/** The server could not be reached, or did not answer as an API server. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';
  /** What to do about it. */
  readonly hint: string | undefined;

  /** @param options may name the failure of the connection behind it */
  constructor(message: string, hint?: string, options?: ErrorOptions) {
    super(message, options);
    this.hint = hint;
  }
}

/** The answer of a question is no. It has been printed, and the exit code says it too. */
export class NegativeAnswer extends Error {
  override readonly name = 'NegativeAnswer';
}
