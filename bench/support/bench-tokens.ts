/** A registry's bearer tokens: for the repositories that were asked for, for some minutes. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

interface Grant {
  readonly repositories: ReadonlySet<string>;
  /** Milliseconds since the epoch. */
  readonly ends: number;
}

export class TokenServer {
  readonly #service: string;
  readonly #seconds: number;
  readonly #grants = new Map<string, Grant>();

  /** @param seconds that a token is good; 300 as Docker Hub's when absent */
  constructor(service: string, seconds = 300) {
    this.#service = service;
    this.#seconds = seconds;
  }

  give(url: URL, response: ServerResponse): void {
    const repositories = url.searchParams
      .getAll('scope')
      .flatMap((scope) => scope.split(' '))
      .map((scope) => scope.split(':')[1] ?? '');
    const token = randomUUID();
    const ends = Date.now() + this.#seconds * 1000;
    this.#grants.set(token, { repositories: new Set(repositories), ends });
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ token, expires_in: this.#seconds }));
  }

  challenge(url: URL, repository: string | undefined, response: ServerResponse): void {
    const scope = repository === undefined ? '' : `,scope="repository:${repository}:pull"`;
    response.writeHead(401, {
      'www-authenticate': `Bearer realm="${url.origin}/token",service="${this.#service}"${scope}`,
    });
    response.end();
  }

  mayPull({ headers }: IncomingMessage, repository: string | undefined): boolean {
    const grant = this.#grants.get((headers.authorization ?? '').replace(/^Bearer /u, ''));
    if (grant === undefined || grant.ends < Date.now()) return false;
    return repository === undefined || grant.repositories.has(repository);
  }
}
