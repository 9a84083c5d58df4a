import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

import type { Clock } from '#src/lib/clock.ts';

import type { Outcome } from '../http/pipeline.ts';
import { type Audited, auditLine } from './event.ts';

/** Where lines go; `AuditLog` is one. */
export interface AuditSink {
  add(line: string): void;
}

/** Writes down one request; called once when its answer begins to go on, and once at its end. */
export type AuditRequest = (stage: Audited['stage'], outcome: Omit<Outcome, 'response'>) => void;

/** Numbers the requests and writes them down. */
export class AuditTrail {
  readonly #sink: AuditSink;
  readonly #clock: Clock;

  constructor(sink: AuditSink, clock: Clock) {
    this.#sink = sink;
    this.#clock = clock;
  }

  /** Gives a request its number, which the client gets as `Audit-Id` too. */
  begin(request: IncomingMessage, response: ServerResponse): AuditRequest {
    const id = randomUUID();
    const receivedAt = this.#clock.now();
    response.setHeader('audit-id', id);
    return (stage, outcome) => {
      const code = response.statusCode;
      const now = this.#clock.now();
      this.#sink.add(auditLine({ id, request, receivedAt, now, outcome, code, stage }));
    };
  }
}
