import { createCli } from '@signalbox/client/cli/cli.ts'
import { createProgram } from '@signalbox/client/cli/program.ts'
import type { Command } from 'commander'

const program = createProgram(createCli(new AbortController().signal), { exitCode: 0, json: false })

/** What is wrong with the words behind `signalbox`; nothing when the real command line takes them. */
export function wrongInCommand(words: string[], options: { partial?: boolean } = {}): string | undefined {
  let command: Command = program
  const given: string[] = []
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? ''
    if (word.startsWith('-') && word !== '-') {
      const [name = '', value] = word.split('=')
      const option = flagsOf(command).find((flag) => flag.short === name || flag.long === name)
      if (name === '--help' || name === '-h') continue
      if (!option) return `"${command.name()}" takes no ${name}`
      if ((option.required || option.optional) && value === undefined) at += 1
      continue
    }
    const child = given.length === 0 ? command.commands.find((one) => one.name() === word) : undefined
    if (child) command = child
    else given.push(word)
  }
  return wrongInArguments(command, given, options.partial === true)
}

function flagsOf(command: Command) {
  const all = [...command.options]
  for (let up = command.parent; up; up = up.parent) all.push(...up.options)
  return all
}

function wrongInArguments(command: Command, given: string[], partial: boolean): string | undefined {
  if (command.commands.length > 0 && command.registeredArguments.length === 0) {
    if (given[0] === 'help') return undefined
    if (given.length > 0) return `there is no command "${[command.name(), ...given].join(' ')}"`
    return command === program || partial ? undefined : `"${command.name()}" needs a command`
  }
  const required = command.registeredArguments.filter((argument) => argument.required).length
  const most = command.registeredArguments.some((argument) => argument.variadic)
    ? Number.POSITIVE_INFINITY
    : command.registeredArguments.length
  if (given.length > most) return `"${command.name()}" takes no "${given[most]}"`
  if (given.length < required && !partial) return `"${command.name()}" needs ${required} argument(s)`
  return undefined
}

/** Every command that people see, as its words: `change show`. */
export function allCommands(): string[] {
  const walk = (command: Command, path: string[]): string[] => {
    const children = command
      .createHelp()
      .visibleCommands(command)
      .filter((child) => child.name() !== 'help')
    if (children.length === 0) return [path.join(' ')]
    const own = command.registeredArguments.length > 0 ? [path.join(' ')] : []
    return [...own, ...children.flatMap((child) => walk(child, [...path, child.name()]))]
  }
  return walk(program, [])
}
