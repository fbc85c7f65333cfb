import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, isAbsolute, join, relative, resolve } from 'node:path'
import { Failure } from '@signalbox/core/base/failure.ts'

const folders = ['.signalbox/workflows', '.github/workflows']
const ending = /\.ya?ml$/
const maxBytes = 1024 * 1024

/** A workflow file of a checkout. */
export interface WorkflowFile {
  /** Top folder of the checkout. */
  root: string
  /** Absolute. */
  path: string
  /** Relative to the root: what diagnostics and the run call it. */
  file: string
  text: string
}

/** What was asked for: files, or with `all` every one of the checkout, of which only the triggered are meant. */
export interface FoundWorkflows {
  root: string
  files: WorkflowFile[]
  all: boolean
}

/**
 * The workflows that are meant: each a path (from `dir`, then from the root of the checkout) or a bare name like
 * `test` or `test.yml`. Without one: all there are; a single one is meant whatever triggers it. Failure `usage` that names what
 * there is.
 */
export function findWorkflows(dir: string, wanted: readonly string[]): FoundWorkflows {
  if (statSync(dir, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new Failure('usage', `${dir} is not a folder.`)
  }
  const root = checkoutRoot(dir)
  const known = knownWorkflows(root)
  if (wanted.length === 0 && known.length === 0) {
    throw new Failure('usage', `There is no workflow in ${root}.`, {
      hint: `Name a file: signalbox run FILE, or put one into ${folders[0]}.`,
    })
  }
  const paths =
    wanted.length === 0
      ? known.map((file) => join(root, file))
      : [...new Set(wanted.map((one) => named(one, { dir, root, known })))]
  return {
    root,
    files: paths.map((path) => readOne(root, path)),
    all: wanted.length === 0 && known.length > 1,
  }
}

/** Reads one file. Throws a Failure `usage` for one that is too large. */
export function readOne(root: string, path: string): WorkflowFile {
  const size = statSync(path).size
  if (size > maxBytes) throw new Failure('usage', `${path} is larger than a workflow may be (1 MB).`)
  return { root, path, file: relative(root, path), text: readFileSync(path, 'utf8') }
}

/** The top folder of the checkout that holds a folder; the folder itself where there is none. */
export function checkoutRoot(dir: string): string {
  for (let folder = dir; ; folder = dirname(folder)) {
    if (existsSync(join(folder, '.git'))) return folder
    if (folder === dirname(folder)) return dir
  }
}

/** Files of all workflows of a checkout, relative to its root. */
export function knownWorkflows(root: string): string[] {
  return folders.flatMap((folder) => workflowsIn(root, folder))
}

function workflowsIn(root: string, folder: string): string[] {
  if (!existsSync(join(root, folder))) return []
  return readdirSync(join(root, folder))
    .filter((name) => ending.test(name))
    .toSorted()
    .map((name) => join(folder, name))
}

function named(wanted: string, at: { dir: string; root: string; known: string[] }): string {
  const paths = [resolve(at.dir, wanted), ...(isAbsolute(wanted) ? [] : [join(at.root, wanted)])]
  const there = paths.find((path) => statSync(path, { throwIfNoEntry: false })?.isFile())
  if (there) {
    if (!relative(at.root, there).startsWith('..')) return there
    throw new Failure('usage', `${there} is not in the checkout ${at.root}.`, {
      hint: 'Name its checkout: signalbox run FILE --dir DIR',
    })
  }
  const same = at.known.filter((path) =>
    [path, path.replace(ending, '')].some((name) => name.endsWith(`/${wanted}`)),
  )
  const [match] = same
  if (match && same.length === 1) return join(at.root, match)
  throw new Failure('usage', `There is no workflow called ${wanted}.`, {
    hint: at.known.length > 0 ? list(at.known) : `There is none in ${at.root} at all.`,
  })
}

function list(known: string[]): string {
  return `Workflows here: ${known.join(', ')}`
}
