import { close as closeFile, open as openFile, write as writeFile } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

import type { Logger } from '#src/lib/logger.ts';

const open = promisify(openFile);
const close = promisify(closeFile);
const write = promisify(writeFile);

export interface AuditLogOptions {
  /** Lines are added to it; `-` is standard output. */
  readonly file: string;
  readonly logger: Logger;
  /** Told of lines that are on file, and of those that there was no room or no disk for. */
  readonly count: (outcome: 'written' | 'dropped', lines: number) => void;
  /** Most bytes that wait to be written; 8 MiB when absent. What comes beyond is dropped: requests do not wait for it. */
  readonly maxWaitingBytes?: number;
}

const stdout = 1;
const defaultMaxWaitingBytes = 8 * 1024 * 1024;
/** Bytes of one write; whoever reads along sees lines at once, and a burst costs few calls. */
const chunkBytes = 256 * 1024;
/** A pipe that is full is tried again after so long, in milliseconds. */
const fullPipeMs = 20;
/** A log that cannot be written says so at most this often, in milliseconds. */
const complainEveryMs = 60_000;
/** What still waits when the server stops gets so long, in milliseconds. */
const closeWithinMs = 2_000;

/** A file of lines, written beside the requests: a slow disk costs lines, never time. */
export class AuditLog {
  readonly #options: AuditLogOptions;
  #fd: number | undefined;
  #waiting: string[] = [];
  #waitingBytes = 0;
  #writing: Promise<void> | undefined;
  #reopen = false;
  #complainedAt = Number.NEGATIVE_INFINITY;

  private constructor(options: AuditLogOptions, fd: number) {
    this.#options = options;
    this.#fd = fd;
  }

  /** @throws {Error} when the file cannot be opened */
  static async open(options: AuditLogOptions): Promise<AuditLog> {
    return new AuditLog(options, await openLog(options.file));
  }

  /** Adds a line, without its end. Never waits, never throws. */
  add(line: string): void {
    if (
      this.#waitingBytes + line.length >
      (this.#options.maxWaitingBytes ?? defaultMaxWaitingBytes)
    ) {
      this.#options.count('dropped', 1);
      return;
    }
    this.#waiting.push(line);
    this.#waitingBytes += line.length;
    this.#start();
  }

  /** Opens the file by its name again, for whoever has moved it away; what waits goes into the new one. */
  reopen(): void {
    this.#reopen = true;
    this.#start();
  }

  async close(): Promise<void> {
    await Promise.race([this.#writing, sleep(closeWithinMs, undefined, { ref: false })]);
    if (this.#fd !== undefined && this.#fd !== stdout && this.#writing === undefined) {
      await close(this.#fd);
      this.#fd = undefined;
    }
  }

  #start(): void {
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined;
    });
  }

  async #writeAll(): Promise<void> {
    // Lines that come in one turn of the loop are written together.
    await Promise.resolve();
    while (this.#waiting.length > 0 || this.#reopen) {
      const lines = this.#take();
      try {
        await this.#writeLines(lines);
        this.#options.count('written', lines.length);
      } catch (error) {
        this.#options.count('dropped', lines.length);
        this.#complain(error);
      }
    }
  }

  #take(): string[] {
    let bytes = 0;
    const end = this.#waiting.findIndex((line) => (bytes += line.length) > chunkBytes);
    const taken = this.#waiting.splice(0, end < 0 ? this.#waiting.length : end + 1);
    for (const line of taken) this.#waitingBytes -= line.length;
    return taken;
  }

  async #writeLines(lines: readonly string[]): Promise<void> {
    if (this.#reopen) {
      this.#reopen = false;
      const old = this.#fd;
      this.#fd = undefined;
      if (old !== undefined && old !== stdout) await close(old);
    }
    this.#fd ??= await openLog(this.#options.file);
    if (lines.length > 0) await writeFully(this.#fd, Buffer.from(`${lines.join('\n')}\n`));
  }

  #complain(error: unknown): void {
    const now = performance.now();
    if (now - this.#complainedAt < complainEveryMs) return;
    this.#complainedAt = now;
    this.#options.logger.error('the audit log cannot be written; lines are lost', { error });
  }
}

async function openLog(file: string): Promise<number> {
  return file === '-' ? stdout : open(file, 'a', 0o600);
}

async function writeFully(fd: number, bytes: Buffer): Promise<void> {
  let offset = 0;
  while (offset < bytes.length) {
    try {
      offset += (await write(fd, bytes, offset)).bytesWritten;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      await sleep(fullPipeMs);
    }
  }
}
