import type { Command } from 'commander';
import type { KubeObject } from '#src/meta/object.ts';
import type { Session } from '../session.ts';

interface RotateFlags {
  readonly encryption?: boolean;
  readonly signing?: boolean;
}

interface KeyRotation extends KubeObject {
  readonly status?: { readonly encryptionKey?: string; readonly signingKey?: string };
}

/** `adm rotate-keys`: new keys to encrypt and to sign with, both unless one is named. */
export function defineRotateKeys(adm: Command, session: Session): void {
  adm
    .command('rotate-keys')
    .description('Make new keys to encrypt secrets and to sign tokens with; old ones stay readable')
    .option('--encryption', 'only the key that secrets are encrypted with')
    .option('--signing', 'only the key that tokens of service accounts are signed with')
    .action((flags: RotateFlags) => rotate(session, flags));
}

async function rotate(session: Session, flags: RotateFlags): Promise<void> {
  const isBoth = flags.encryption !== true && flags.signing !== true;
  const spec = {
    encryption: isBoth || flags.encryption === true,
    signing: isBoth || flags.signing === true,
  };
  const { status } = await session.api().request<KeyRotation>({
    method: 'POST',
    path: '/apis/sluice.dev/v1/keyrotations',
    body: { spec },
  });
  if (status?.encryptionKey !== undefined)
    session.out(
      `encryption key ${status.encryptionKey} is in use; secrets are encrypted with it in the background\n`,
    );
  if (status?.signingKey !== undefined)
    session.out(
      `signing key ${status.signingKey} is in use; older tokens stay good until they end\n`,
    );
}
