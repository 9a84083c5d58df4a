import type { Command } from 'commander';
import { imageApiVersion } from '#src/domain/types.ts';
import type { KubeObject } from '#src/meta/object.ts';
import { imageStreamTag, type TagFlags } from '../create/image-stream-tag.ts';
import { hubServer, registrySecret, type RegistrySecretFlags } from '../create/registry-secret.ts';
import { usageError } from '../errors.ts';
import { repeated } from '../flags.ts';
import {
  dryRunOf,
  dryRunSuffix,
  requestQuery,
  withDryRun,
  type DryRun,
  type DryRunFlags,
} from '../dry-run.ts';
import { placed, readManifests } from '../manifests.ts';
import { checkFormat, preferredObject } from '../output/print.ts';
import { qualifiedSingular, resourcePath, typeOfKind, type ResourceType } from '../resources.ts';
import type { CliCommand, Session } from '../session.ts';

interface CreateFlags extends DryRunFlags {
  readonly filename?: readonly string[];
  readonly output?: string;
}

export const verb: CliCommand = {
  define(command, session) {
    withCommonFlags(command)
      .usage('-f FILE | imagestream NAME | imagestreamtag STREAM:TAG | namespace NAME | secret …')
      .option('-f, --filename <path>', 'file to create from, - for standard input', repeated)
      .action((flags: CreateFlags) => createFiles(session, flags));
    withCommonFlags(command.command('imagestream').alias('is'))
      .description('Create an empty image stream')
      .argument('<name>')
      .option('--lookup-local', 'let pods use the stream by its name')
      .action((name: string, own: { lookupLocal?: boolean }, child: Command) =>
        createObject(session, imageStream(name, own.lookupLocal === true), flagsOf(child)),
      );
    withCommonFlags(command.command('imagestreamtag').alias('istag'))
      .description('Create a tag in an image stream')
      .argument('<stream:tag>')
      .option('--from <source>', 'image stream tag or image to point at')
      .option('--from-image <image>', 'image of a registry to import')
      .option('--scheduled', 'import again periodically')
      .option('--insecure', 'allow plain HTTP and unverified HTTPS')
      .option('--reference', 'keep the pull spec only, import nothing')
      .option('--reference-policy <type>', 'where to pull from: source or local')
      .option('--annotation <name=value>', 'annotation of the tag', repeated)
      .action((name: string, own: TagFlags, child: Command) =>
        createObject(session, imageStreamTag(name, own), flagsOf(child)),
      );
    withCommonFlags(command.command('namespace').alias('ns'))
      .description('Create a namespace')
      .argument('<name>')
      .action((name: string, _own: unknown, child: Command) => {
        const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
        return createObject(session, namespace, flagsOf(child));
      });
    const secret = command.command('secret').description('Create a secret');
    withCommonFlags(secret.command('docker-registry'))
      .description('Create a secret with the credentials of a registry')
      .argument('<name>')
      .option('--docker-server <host>', 'registry that the credentials are for', hubServer)
      .option('--docker-username <user>', 'user name')
      .option('--docker-password <password>', 'password or token')
      .option('--docker-email <address>', 'email address')
      .action((name: string, own: RegistrySecretFlags, child: Command) =>
        createObject(session, registrySecret(name, own), flagsOf(child)),
      );
  },
};

async function createFiles(session: Session, flags: CreateFlags): Promise<void> {
  if (flags.filename === undefined) throw usageError('must specify one of -f or a kind to create');
  const dryRun = dryRunOf(flags, session);
  for (const target of await readManifests(session.api(), flags.filename, session.readFile))
    await createOne(session, placed(target), { type: target.type, dryRun, flags });
}

async function createObject(
  session: Session,
  object: KubeObject,
  flags: CreateFlags,
): Promise<void> {
  const dryRun = dryRunOf(flags, session);
  const type = await typeOfKind(session.api(), object.apiVersion ?? '', object.kind ?? '');
  await createOne(session, object, { type, dryRun, flags });
}

async function createOne(
  session: Session,
  object: KubeObject,
  { type, dryRun, flags }: { type: ResourceType; dryRun: DryRun; flags: CreateFlags },
): Promise<void> {
  checkFormat(flags.output);
  const { namespace = session.namespace(), name = '' } = object.metadata;
  const path = `${resourcePath(type, namespace)}${requestQuery(dryRun, {})}`;
  const created =
    dryRun === 'client'
      ? object
      : await session.api().request({ method: 'POST', path, body: object });
  // A mapping is answered with a Status.
  const subject = `${qualifiedSingular(type)}/${created.metadata.name ?? name}`;
  session.out(
    flags.output === undefined
      ? `${subject} created${dryRunSuffix(dryRun)}\n`
      : preferredObject(created, flags.output, { nameOf: () => subject }),
  );
}

/** commander gives the flags that a command shares with its children to the command. */
function flagsOf(child: Command): CreateFlags {
  return child.optsWithGlobals<CreateFlags>();
}

function withCommonFlags(command: Command): Command {
  return withDryRun(command).option(
    '-o, --output <format>',
    'print the object: name, json or yaml',
  );
}

function imageStream(name: string, local: boolean): KubeObject {
  const spec = { lookupPolicy: { local } };
  return {
    apiVersion: imageApiVersion,
    kind: 'ImageStream',
    metadata: { name },
    spec,
  } as KubeObject;
}
