import type { Command } from 'commander'
import type { Family, Outcome } from './add-command.ts'
import { bareProgram } from './bare-program.ts'
import type { Cli } from './cli.ts'

/** Commands that need no server: what the others load, HTTP and WebSocket among it, took a third of their start. */
const quick: Record<string, () => Promise<(family: Family) => void>> = {
  run: async () => (await import('./here/run-command.ts')).addRunCommand,
  lint: async () => (await import('./here/lint-command.ts')).addLintCommand,
  graph: async () => (await import('./here/graph-command.ts')).addGraphCommand,
}

/** The command line for these arguments: with the one command alone that they name, or the whole. */
export async function programFor(cli: Cli, outcome: Outcome, [name = '']: string[]): Promise<Command> {
  const load = Object.hasOwn(quick, name) ? quick[name] : undefined
  if (!load) return (await import('./program.ts')).createProgram(cli, outcome)
  const program = bareProgram(cli)
  const add = await load()
  add({ program, cli, outcome })
  return program
}
