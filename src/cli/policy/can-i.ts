import type { Command } from 'commander';

import type { KubeObject } from '#src/meta/object.ts';

import { NegativeAnswer, usageError } from '../errors.ts';
import type { Session } from '../session.ts';
import { askedResource } from './asked-resource.ts';
import { printRules } from './rules-table.ts';

interface CanIFlags {
  readonly list?: boolean;
  readonly headers: boolean;
  readonly quiet?: boolean;
  readonly allNamespaces?: boolean;
  readonly subresource?: string;
}

interface Review extends KubeObject {
  readonly status: {
    readonly allowed: boolean;
    readonly reason?: string;
    readonly evaluationError?: string;
  };
}

/** `can-i VERB RESOURCE[/NAME] | PATH`, `can-i --list`: what the caller may do, as `kubectl auth can-i`. */
export function defineCanI(command: Command, session: Session): void {
  command
    .argument('[verb]')
    .argument('[resource]', 'RESOURCE, RESOURCE/NAME, or a path such as /metrics')
    .argument('[name]')
    .option('--list', 'list everything that is allowed')
    .option('--no-headers', 'no headers in the list')
    .option('-q, --quiet', 'say nothing, the exit code is the answer')
    .option('-A, --all-namespaces', 'in all namespaces')
    .option('--subresource <name>', 'of the resource, such as layers')
    .action((...args: unknown[]) => {
      const [verb, resource, name] = args.slice(0, 3) as (string | undefined)[];
      return run(session, { verb, resource, name }, args.at(-2) as CanIFlags);
    });
}

interface Asked {
  readonly verb: string | undefined;
  readonly resource: string | undefined;
  readonly name: string | undefined;
}

async function run(
  session: Session,
  { verb, resource, name }: Asked,
  flags: CanIFlags,
): Promise<void> {
  if (flags.list === true) {
    await printRules(session, flags.headers);
    return;
  }
  if (verb === undefined || resource === undefined)
    throw usageError(
      'you must specify two arguments: verb resource or verb resource/resourceName.',
    );
  const spec = resource.startsWith('/')
    ? { nonResourceAttributes: { verb, path: resource } }
    : { resourceAttributes: await attributesOf(session, { verb, resource, name }, flags) };
  const { status } = await session.api().request<Review>({
    method: 'POST',
    path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
    body: { kind: 'SelfSubjectAccessReview', apiVersion: 'authorization.k8s.io/v1', spec },
  });
  if (flags.quiet !== true) session.out(`${answerText(status)}\n`);
  if (!status.allowed) throw new NegativeAnswer();
}

function answerText({ allowed, reason = '', evaluationError = '' }: Review['status']): string {
  if (allowed) return 'yes';
  return `no${reason === '' ? '' : ` - ${reason}`}${evaluationError === '' ? '' : ` - ${evaluationError}`}`;
}

async function attributesOf(
  session: Session,
  { verb, resource, name }: { verb: string; resource: string; name: string | undefined },
  { allNamespaces = false, subresource, quiet }: CanIFlags,
): Promise<object> {
  const [type = '', ownName] = resource.split(/\/(.*)/s);
  const { group, plural, namespaced } = await askedResource(session, type);
  if (namespaced === false && quiet !== true) session.err(unscoped(plural, group));
  const isEverywhere = allNamespaces || namespaced === false;
  return {
    verb,
    group,
    resource: plural,
    ...(isEverywhere ? {} : { namespace: session.namespace() }),
    ...(subresource === undefined ? {} : { subresource }),
    ...(name === undefined && ownName === undefined ? {} : { name: name ?? ownName }),
  };
}

function unscoped(plural: string, group: string): string {
  const where = group === '' ? '' : ` in group '${group}'`;
  return `Warning: resource '${plural}' is not namespace scoped${where}\n`;
}
