import { Command, type Option } from 'commander';
import { argumentsAt, matching, serverNames } from '../completion/candidates.ts';
import type { CliCommand, CommandEntry, Session } from '../session.ts';

/**
 * `__complete -- WORD …`: the words that can stand where the last one is, one a line; what shells ask. It never fails:
 * somebody is in the middle of typing.
 */
export function completeVerb(entries: readonly CommandEntry[]): CliCommand {
  return {
    define(command, session) {
      command.argument('[words...]').action(async (words: string[]) => {
        const program = command.parent;
        if (program === null) return;
        const found = await completions(words, { entries, program, session }).catch(() => []);
        session.out(found.map((word) => `${word}\n`).join(''));
      });
    },
  };
}

interface Completer {
  readonly entries: readonly CommandEntry[];
  readonly program: Command;
  readonly session: Session;
}

async function completions(words: readonly string[], completer: Completer): Promise<string[]> {
  const { entries, program, session } = completer;
  const current = words.at(-1) ?? '';
  const previous = words.at(-2) ?? '';
  // Sets the connection flags among the words, so that the right server is asked.
  const parsed = program.parseOptions(words.slice(0, -1));
  const [verb, ...operands] = parsed.operands;
  const names = serverNames(session.api, session.namespace);
  const scratch = new Command();
  const entry = entries.find(({ name }) => name === verb);
  if (entry !== undefined) (await entry.load()).verb.define(scratch, session);
  const { command, rest } = innermost(scratch, [...operands, ...parsed.unknown]);
  const options = [...command.options, ...program.options];
  const open = options.find(
    (option) => option.required && (option.short === previous || option.long === previous),
  );
  if (open !== undefined) return valuesOf(open, current, names);
  if (current.startsWith('-')) return matching(options.flatMap(flagOf), current);
  if (verb === undefined)
    return matching(
      entries.filter(({ hidden }) => hidden !== true).map(({ name }) => name),
      current,
    );
  const before = command.parseOptions([...rest]).operands;
  if (command.commands.length > 0 && before.length === 0)
    return matching(
      command.commands.map((child) => child.name()),
      current,
    );
  return argumentsAt({ verb, before, current }, names);
}

/** The command of commands that the first words name (`adm prune images`), and the words after it. */
function innermost(
  command: Command,
  words: readonly string[],
): { readonly command: Command; readonly rest: readonly string[] } {
  const [first, ...rest] = words;
  const child = command.commands.find((each) => first !== undefined && isNamed(each, first));
  return child === undefined ? { command, rest: words } : innermost(child, rest);
}

function isNamed(command: Command, word: string): boolean {
  return command.name() === word || command.aliases().includes(word);
}

function flagOf({ long, short }: Option): string[] {
  return [long ?? short ?? ''].filter((flag) => flag !== '');
}

async function valuesOf(
  { long }: Option,
  current: string,
  names: ReturnType<typeof serverNames>,
): Promise<string[]> {
  if (long === '--namespace') return matching(await names.namespaces(), current);
  if (long === '--output') return matching(['json', 'name', 'wide', 'yaml'], current);
  return [];
}
