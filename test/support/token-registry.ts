import { startRegistry, type Registry, type RegistryOptions } from './services/registry.ts';
import { startTokenServer, type TokenServer, type TokenServerOptions } from './token-server.ts';

/** A real registry:2 that asks for bearer tokens, and the server that hands them out. */
export interface TokenRegistry extends AsyncDisposable {
  readonly registry: Registry;
  readonly tokens: TokenServer;
}

/** Starts both; disposing of the result stops both. */
export async function startTokenRegistry(
  options: TokenServerOptions & { readonly registry?: Omit<RegistryOptions, 'token'> } = {},
): Promise<TokenRegistry> {
  await using stack = new AsyncDisposableStack();
  const tokens = stack.use(await startTokenServer(options));
  const registry = stack.use(await startRegistry({ ...options.registry, token: tokens }));
  const owned = stack.move();
  return { registry, tokens, [Symbol.asyncDispose]: async () => owned.disposeAsync() };
}
