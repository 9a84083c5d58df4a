import { misdeed } from './serve.ts';
import { startHostile } from './server.ts';

export const loginPageText = '<!doctype html><title>Sign in</title><form>secret-of-the-page</form>';

export const loginPage = misdeed(13, 'status 200 and a page to sign in', async () =>
  startHostile((_request, reply) => {
    reply.send({ headers: { 'Content-Type': 'text/html; charset=utf-8' }, body: loginPageText });
  }),
);
