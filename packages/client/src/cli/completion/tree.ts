import type { Command } from 'commander'

/** What can stand in a place of the command line and is known only to the server. */
export const dynamicKinds = ['project', 'run', 'change', 'deployment'] as const
export type DynamicKind = (typeof dynamicKinds)[number]

export interface Flag {
  /** `-f` and `--follow`, as far as there are. */
  names: string[]
  description: string
  takesValue: boolean
  /** What its value is, when the server knows it. */
  kind: DynamicKind | undefined
}

/** One command with everything that may follow it. */
export interface Node {
  /** The words that lead here: `project`, `show`. */
  path: string[]
  summary: string
  flags: Flag[]
  children: Node[]
  /** What its first argument is, when the server knows it. */
  kind: DynamicKind | undefined
}

function kindOf(name: string | undefined): DynamicKind | undefined {
  if (name === 'run-or-change') return 'change'
  return dynamicKinds.find((kind) => kind === name)
}

/** The command line as a tree, hidden commands left out. */
export function treeOf(command: Command, path: string[] = []): Node {
  const help = command.createHelp()
  const children = help.visibleCommands(command).filter((child) => child.name() !== 'help')
  return {
    path,
    summary: help.subcommandDescription(command),
    flags: help.visibleOptions(command).map((option) => ({
      names: [option.short, option.long].filter((name): name is string => name !== undefined),
      description: option.description,
      takesValue: option.required || option.optional,
      kind: kindOf(/<([a-z-]+)>/.exec(option.flags)?.[1]),
    })),
    children: children.map((child) => treeOf(child, [...path, child.name()])),
    kind: kindOf(command.registeredArguments[0]?.name()),
  }
}

/** Every node of the tree, the root first. */
export function allNodes(node: Node): Node[] {
  return [node, ...node.children.flatMap(allNodes)]
}

/** What may follow a node by itself: its commands, then its flags. */
export function candidatesOf(node: Node): { word: string; says: string }[] {
  return [
    ...node.children.map((child) => ({ word: child.path.at(-1) ?? '', says: child.summary })),
    ...node.flags.flatMap((flag) => flag.names.map((word) => ({ word, says: flag.description }))),
  ]
}

/** Flags of the whole tree that take a value: the word after one is no command. */
export function valueFlags(root: Node): string[] {
  const names = allNodes(root).flatMap((node) =>
    node.flags.filter((flag) => flag.takesValue).flatMap((flag) => flag.names),
  )
  return [...new Set(names)].sort()
}
