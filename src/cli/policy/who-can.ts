import type { Command } from 'commander';

import type { KubeObject } from '#src/meta/object.ts';

import { usageError } from '../errors.ts';
import type { Session } from '../session.ts';
import { askedResource } from './asked-resource.ts';

interface WhoCanFlags {
  readonly allNamespaces?: boolean;
  readonly subresource?: string;
}

interface Response extends KubeObject {
  readonly namespace?: string;
  readonly users?: readonly string[];
  readonly groups?: readonly string[];
}

/** `who-can VERB RESOURCE [NAME]`: everybody who may do something, as `oc policy who-can`. */
export function defineWhoCan(policy: Command, session: Session): void {
  policy
    .command('who-can')
    .description('Tell who may do something')
    .argument('[verb]')
    .argument('[resource]')
    .argument('[name]')
    .option('-A, --all-namespaces', 'in all namespaces')
    .option('--subresource <name>', 'of the resource, such as layers')
    .action((...args: [...(string | undefined)[], WhoCanFlags, Command]) => {
      const [verb, resource, name] = args.slice(0, 3) as (string | undefined)[];
      const flags = args.at(-2) as WhoCanFlags;
      if (verb === undefined || resource === undefined)
        throw usageError(
          'you must specify two or three arguments: verb, resource, and optional resourceName',
        );
      return run(session, { verb, resource, name }, flags);
    });
}

interface Question {
  readonly verb: string;
  readonly resource: string;
  readonly name: string | undefined;
}

async function run(
  session: Session,
  { verb, resource, name }: Question,
  { allNamespaces = false, subresource }: WhoCanFlags,
): Promise<void> {
  const asked = await askedResource(session, resource);
  const plural = subresource === undefined ? asked.plural : `${asked.plural}/${subresource}`;
  const isEverywhere = allNamespaces || asked.namespaced === false;
  const namespace = isEverywhere ? '' : session.namespace();
  const kind = isEverywhere ? 'ResourceAccessReview' : 'LocalResourceAccessReview';
  const place = isEverywhere ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  const answer = await session.api().request<Response>({
    method: 'POST',
    path: `/apis/authorization.openshift.io/v1${place}/${kind.toLowerCase()}s`,
    body: {
      kind,
      apiVersion: 'authorization.openshift.io/v1',
      namespace,
      verb,
      resourceAPIGroup: asked.group,
      resource: plural,
      ...(name === undefined ? {} : { resourceName: name }),
    },
  });
  const shown = asked.group === '' ? plural : `${plural}.${asked.group}`;
  session.out(
    [
      `Namespace: ${namespace === '' ? '<all>' : namespace}`,
      `Verb:      ${verb}`,
      `Resource:  ${shown}`,
      ...(name === undefined ? [] : [`Name:      ${name}`]),
      '',
      `Users:  ${listed(answer.users)}`,
      `Groups: ${listed(answer.groups)}`,
      '',
    ].join('\n'),
  );
}

function listed(names: readonly string[] = []): string {
  return names.length === 0 ? 'none' : names.toSorted(compare).join('\n        ');
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
