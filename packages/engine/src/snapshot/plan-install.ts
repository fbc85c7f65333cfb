import { createHash } from 'node:crypto'
import { posix } from 'node:path'
import { git } from '../actions/host-git.ts'
import { lifecycleScripts, onlyInstalls } from './install-command.ts'
import { lockfilesIn, selectInputs, type TreeEntry } from './install-inputs.ts'
import type { InstallStep } from './install-step.ts'
import type { Machine } from './machine.ts'

/** What decides the result of an install, and the files that it is given. */
export interface PlannedInstall {
  /** SHA-256 in hex over everything that the install can see. */
  key: string
  /** Just these files stand in the workspace when the layer is made. */
  inputs: TreeEntry[]
  /** The inputs are all files of the tree, because nobody knows what the install reads; why. */
  wholeTree: string | undefined
}

/** What an install is planned from. */
export interface PlanRequest {
  gitDir: string
  commit: string
  step: InstallStep
  machine: Machine
  /** Hosts that the sandbox may reach. */
  allowHosts: readonly string[]
  /** Globs of further files that the install reads. */
  installInputs: readonly string[]
}

const maxEntries = 300_000

/**
 * The key and the inputs of an install at a commit; a sentence when it cannot be kept. The key covers every byte
 * that the install is given: a tree with the same key would make the same layer, so a layer can carry nothing
 * that a commit with this key would not have brought by itself.
 */
export async function planInstall(request: PlanRequest): Promise<PlannedInstall | string> {
  const { gitDir, commit, step, installInputs } = request
  const tree = await readTree(gitDir, commit)
  if (tree.length > maxEntries) return `the tree has more than ${maxEntries} files`
  const named = selectInputs(tree, installInputs)
  if (lockfilesIn(named).length === 0) return 'there is no lockfile, so nothing says what it brings'
  const wholeTree = installInputs.length > 0 ? undefined : await whyWholeTree(gitDir, step.command, named)
  const inputs = wholeTree === undefined ? named : tree
  if (inputs.some(({ mode }) => mode === '160000')) return 'the tree has submodules'
  return { key: keyOf(request, inputs), inputs, wholeTree }
}

async function readTree(gitDir: string, commit: string): Promise<TreeEntry[]> {
  const listed = await git(gitDir, ['ls-tree', '-r', '-z', '--full-tree', commit])
  return listed.split('\0').flatMap((line) => {
    const match = /^(\d+) \w+ ([0-9a-f]+)\t([\s\S]+)$/.exec(line)
    return match?.[1] && match[2] && match[3] ? [{ mode: match[1], oid: match[2], path: match[3] }] : []
  })
}

async function whyWholeTree(
  gitDir: string,
  command: string,
  named: TreeEntry[],
): Promise<string | undefined> {
  if (!onlyInstalls(command)) return 'the command does more than install'
  const manifests = named.filter(
    ({ path, mode }) => posix.basename(path) === 'package.json' && mode !== '120000',
  )
  for (const entry of manifests) {
    const [script] = lifecycleScripts(await git(gitDir, ['cat-file', 'blob', entry.oid]))
    if (script) return `${entry.path} has a ${script} script`
  }
  return undefined
}

function keyOf({ step, machine, allowHosts }: PlanRequest, inputs: readonly TreeEntry[]): string {
  const sorted = (map: Record<string, string>) => Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1))
  const facts = {
    version: 1,
    command: step.command,
    shell: step.shell,
    workingDirectory: step.workingDirectory,
    env: sorted(step.env),
    machine: [machine.os, machine.arch, machine.node, machine.root, machine.provider],
    allowHosts: [...allowHosts].sort(),
    inputs: inputs.map(({ path, mode, oid }) => [path, mode, oid]),
  }
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex')
}
