import type { Command } from 'commander';
import type { ApiClient } from './client.ts';
import type { Edited } from './editor.ts';
import type { ConnectionFlags } from './kubeconfig.ts';

/** What a command has to work with: the server, the terminal, the time. Nothing else of the process. */
export interface Session {
  /** The client of the connection that flags and kubeconfig name; made at the first call. */
  readonly api: () => ApiClient;
  /** The namespace of `-n`, the context or `default`. */
  readonly namespace: () => string;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** On a terminal: says in one line what is going on, in place of what it said before; an empty text removes the line. */
  readonly progress: (text: string) => void;
  /** The text of a file; `-` is standard input. */
  readonly readFile: (path: string) => Promise<string>;
  /**
   * Asks the user; the answer is a line of standard input where there is no terminal.
   * @returns `undefined` when there is no answer
   */
  readonly ask: (
    question: string,
    options?: { readonly isSecret?: boolean },
  ) => Promise<string | undefined>;
  /** What the command line says about the connection. */
  readonly flags: () => ConnectionFlags;
  /** Lets the user change a text in an editor. */
  readonly edit: (text: string) => Promise<Edited>;
  /** Rewrites the kubeconfig; the text is empty where there is none yet. */
  readonly changeKubeconfig: (change: (text: string) => string) => Promise<void>;
  /** Milliseconds, for ages. */
  readonly now: () => number;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}

/** A verb: its options and what it does. The module is only loaded when the verb is used. */
export interface CliCommand {
  define(command: Command, session: Session): void;
}

/** A verb in the list of `sluice --help`. */
export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  /** Not in the help: for programs. */
  readonly hidden?: boolean;
  load(): Promise<{ readonly verb: CliCommand }>;
}
