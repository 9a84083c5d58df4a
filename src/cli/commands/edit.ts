import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { parse } from 'yaml';
import type { KubeObject } from '#src/meta/object.ts';
import { CliError, usageError } from '../errors.ts';
import { withoutManagedFields, yamlText } from '../output/documents.ts';
import { parseSelections, qualifiedSingular, resourcePath } from '../resources.ts';
import type { CliCommand, Session } from '../session.ts';

/** `edit TYPE NAME`: an object in an editor; saved when the editor is closed. */
export const verb: CliCommand = {
  define(command, session) {
    command
      .usage('TYPE NAME | TYPE/NAME')
      .argument('[args...]')
      .action((args: string[]) => run(session, args));
  },
};

async function run(session: Session, args: readonly string[]): Promise<void> {
  const [selection] = await parseSelections(session.api(), args);
  const [name] = selection?.names ?? [];
  if (selection === undefined || name === undefined)
    throw usageError('one resource must be named, for example: sluice edit is/app');
  const { type } = selection;
  const path = resourcePath(type, session.namespace(), name);
  const object = await session.api().request({ method: 'GET', path });
  const before = yamlText(withoutManagedFields(object));
  const edited = await session.edit(
    `# Save and close to change the object; close without a change to leave it as it is.\n${before}`,
  );
  const subject = `${qualifiedSingular(type)}/${name}`;
  try {
    const next = parsed(edited.text);
    if (yamlText(next) === before) {
      session.err('Edit cancelled, no changes made.\n');
    } else {
      await session
        .api()
        .request({ method: 'PUT', path: `${path}?fieldManager=kubectl-edit`, body: next });
      session.out(`${subject} edited\n`);
    }
  } catch (error) {
    session.err(`A copy of your changes has been stored to "${edited.path}"\n`);
    throw error;
  }
  await rm(dirname(edited.path), { recursive: true, force: true });
}

function parsed(text: string): KubeObject {
  try {
    const object = parse(text) as unknown;
    if (typeof object === 'object' && object !== null && 'metadata' in object)
      return object as KubeObject;
  } catch {
    // Told below, in the same words.
  }
  throw new CliError('the edited text is no YAML document of an object');
}
