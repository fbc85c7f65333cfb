import type { Command } from 'commander'
import { z } from 'zod'
import type { Cli } from './cli.ts'

/** One command as it stands in the help and as it runs. */
export interface CommandSpec<S extends z.ZodType> {
  /** Name and arguments: `show <project>`. */
  usage: string
  summary: string
  /** What the summary does not say. */
  details?: string
  /**
   * Flags with their descriptions; the schema below says what they become. `<x...>` takes all words up to the next
   * flag; a repeatable one takes one word and may be given again, and leaves the words behind it to the command.
   */
  flags?: readonly (readonly [flags: string, description: string, repeatable?: 'repeatable'])[]
  options?: S
  /** Whole command lines. */
  examples: readonly string[]
  /** False: it has no answer to print as JSON. */
  json?: boolean
  /** Answers the exit code; nothing is 0. */
  // biome-ignore lint/suspicious/noConfusingVoidType: a command that ends well need not say so
  run(input: { args: string[]; options: z.output<S>; json: boolean }): Promise<number | void>
}

/** Where commands leave their exit code. */
export interface Outcome {
  exitCode: number
  /** Whether errors are wanted as JSON too. */
  json: boolean
}

/** Adds a command with its help, examples and `--json`. */
export function addCommand<S extends z.ZodType>(
  parent: Command,
  outcome: Outcome,
  spec: CommandSpec<S>,
): Command {
  const command = parent.command(spec.usage).summary(spec.summary)
  command.description(spec.details ? `${spec.summary}\n\n${spec.details}` : spec.summary)
  for (const [flags, description, repeatable] of spec.flags ?? []) {
    if (repeatable || flags.includes('...')) command.option(flags, description, collect, [])
    else command.option(flags, description)
  }
  const [example] = spec.examples
  command.showHelpAfterError(`${example ? `For example: ${example}\n` : ''}See: ${nameOf(command)} --help`)
  if (spec.json !== false) command.option('--json', 'print the answer as JSON')
  command.addHelpText('after', `\nExamples:\n${spec.examples.map((line) => `  $ ${line}\n`).join('')}`)
  command.action(async () => {
    const given = command.opts()
    outcome.json = given['json'] === true
    const options = (spec.options ?? z.object({})).parse(given)
    const code = await spec.run({ args: command.args, options: options as z.output<S>, json: outcome.json })
    outcome.exitCode = code ?? 0
  })
  return command
}

/** A folder of commands: `signalbox project …`. */
export function addGroup(parent: Command, name: string, summary: string): Command {
  const group = parent.command(name).summary(summary).description(summary)
  return group.showHelpAfterError(`See: ${nameOf(group)} --help`)
}

/** As it is typed: `signalbox project add`. */
function nameOf(command: Command): string {
  return command.parent ? `${nameOf(command.parent)} ${command.name()}` : command.name()
}

function collect(value: string, before: string[]): string[] {
  return [...before, value]
}

/** What every family of commands is given. */
export interface Family {
  program: Command
  cli: Cli
  outcome: Outcome
}
