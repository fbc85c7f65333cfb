import { createCli } from '@signalbox/client/cli/cli.ts'
import { createProgram } from '@signalbox/client/cli/program.ts'
import type { Command } from 'commander'

const head = `# Every command

<!-- Written by \`npm run golden\` from the program itself (packages/client/src/cli). -->

\`--help\` behind a command says the same with examples. How to reach a server, exit codes and scripts: [the command line](../guide/cli.md).`

/** docs/reference/cli.md as the program gives it. */
export function cliPage(): string {
  const program = createProgram(createCli(new AbortController().signal), { exitCode: 0, json: false })
  const groups = Map.groupBy(leaves(program), (command) => groupOf(command))
  const parts = [...groups].map(([group, commands]) =>
    [
      `## ${group.replace(/:$/, '')}`,
      '',
      '| command | what it does | flags |',
      '|---|---|---|',
      ...commands.map((command) => row(command)),
    ].join('\n'),
  )
  return `${head}\n\n${parts.join('\n\n')}\n`
}

/** The commands that do something: those with no further command below them, or with an action of their own. */
function leaves(command: Command): Command[] {
  const children = visible(command)
  const own = command.parent && (children.length === 0 || command.registeredArguments.length > 0)
  return [...(own ? [command] : []), ...children.flatMap(leaves)]
}

function visible(command: Command): Command[] {
  return command
    .createHelp()
    .visibleCommands(command)
    .filter((child) => child.name() !== 'help')
}

function groupOf(command: Command): string {
  const top = command.parent?.parent ? command.parent : command
  return top.helpGroup() || 'More'
}

function row(command: Command): string {
  const help = command.createHelp()
  const path = [command.name()]
  for (let up = command.parent; up; up = up.parent) path.unshift(up.name())
  const args = command.registeredArguments.map((argument) => {
    const name = `${argument.name()}${argument.variadic ? '...' : ''}`
    return argument.required ? `<${name}>` : `[${name}]`
  })
  const flags = help
    .visibleOptions(command)
    .filter((option) => option.long !== '--help')
    .map((option) => `\`${option.flags}\` ${option.description}`)
  return `| \`${cell([...path, ...args].join(' '))}\` | ${cell(help.subcommandDescription(command))} | ${cell(flags.join('<br>'))} |`
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ')
}
