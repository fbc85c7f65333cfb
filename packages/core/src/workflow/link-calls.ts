import type { Diagnostic, Position } from '../base/diagnostics.ts'
import { Failure } from '../base/failure.ts'
import { type CalledUse, calledUse } from './call-uses.ts'
import { checkCall } from './check-call.ts'
import type { Workflow, WorkflowJob } from './model.ts'
import { parseWorkflow } from './parse.ts'
import { refuse } from './read/reader.ts'
import type { ParseOptions } from './supported.ts'

/**
 * Where texts of called workflows come from: the commit of the run, and one day other repositories. Throws a Failure
 * whose message says what is missing.
 */
export type CalledSource = (use: CalledUse) => Promise<string>

/** Texts of called workflows by the names that `calledUse` gives; a Failure for one that could not be had. */
export type CalledTexts = Readonly<Record<string, string | Failure>>

/** A workflow with all that it calls, whatever is wrong with it. */
export interface LinkedWorkflow {
  /** Only when there is no error in it and in what it calls; each of its calls then has its workflow. */
  workflow?: Workflow
  /** Of the called files too, each with its own name. */
  diagnostics: Diagnostic[]
}

interface WorkflowText {
  file: string
  text: string
}

/** GitHub's limits: levels with the first workflow, and different files that one run calls. */
const maxLevels = 10
const maxCalled = 50

/** All texts that a run keeps, in characters: each is stored with it. */
const maxChars = 2_000_000

/** Reads a workflow and, one after the other, every file that it calls, directly or through others. */
export async function loadWorkflow(
  root: WorkflowText,
  source: CalledSource,
  options: ParseOptions = {},
): Promise<LinkedWorkflow & { called: CalledTexts }> {
  const texts: Record<string, string | Failure> = {}
  let chars = root.text.length
  const open = usesOf(root, options)
  for (const use of open) {
    if (Object.hasOwn(texts, use.name)) continue
    // The linker says of one file more that it is too many.
    if (Object.keys(texts).length > maxCalled) break
    const text = await textOf(use, source)
    texts[use.name] = text
    if (text instanceof Failure) continue
    chars += text.length
    if (chars > maxChars) {
      texts[use.name] = new Failure(
        'invalid-workflow',
        `with it the workflows of this run have more than 2 MB`,
      )
      continue
    }
    open.push(...usesOf({ file: use.name, text }, options))
  }
  return { ...linkWorkflow(root, texts, options), called: texts }
}

async function textOf(use: CalledUse, source: CalledSource): Promise<string | Failure> {
  try {
    return await source(use)
  } catch (error) {
    if (error instanceof Failure) return error
    throw error
  }
}

function usesOf({ file, text }: WorkflowText, options: ParseOptions): CalledUse[] {
  const { workflow } = parseWorkflow(file, text, options)
  return (workflow?.jobs ?? []).flatMap(({ call }) => (call && calledUse(call.uses, file)) ?? [])
}

/**
 * Understands a workflow and what it calls from texts that are there already, and checks each call against what the
 * called workflow declares. Never throws, whatever the texts are.
 */
export function linkWorkflow(
  root: WorkflowText,
  texts: CalledTexts,
  options: ParseOptions = {},
): LinkedWorkflow {
  const first = parseWorkflow(root.file, root.text, options)
  const { workflow } = first
  if (!workflow?.jobs.some((job) => job.call)) return first
  const linker: Linker = { texts, options, diagnostics: first.diagnostics, done: new Map(), deep: false }
  const linked = link(linker, workflow, [root.file])
  const failed = linker.diagnostics.some((found) => found.severity === 'error')
  return { ...(failed ? {} : { workflow: linked.workflow }), diagnostics: inPlace(linker.diagnostics) }
}

/** Those of each file together, from its top down. */
function inPlace(diagnostics: Diagnostic[]): Diagnostic[] {
  const files = [...new Set(diagnostics.map((found) => found.file))]
  const order = ({ file, start }: Diagnostic) => [files.indexOf(file), start.line, start.column]
  return diagnostics.toSorted((a, b) => {
    const [left, right] = [order(a), order(b)]
    const at = left.findIndex((value, index) => value !== right[index])
    return (left[at] ?? 0) - (right[at] ?? 0)
  })
}

interface Linker {
  texts: CalledTexts
  options: ParseOptions
  diagnostics: Diagnostic[]
  /** By name; undefined for what cannot be used and was said to be so. */
  done: Map<string, Linked | undefined>
  /** Too many levels were found, and said. */
  deep: boolean
}

interface Linked {
  workflow: Workflow
  /** With its own. */
  levels: number
}

/** `chain`: the names of the workflows around, this one included. */
function link(linker: Linker, workflow: Workflow, chain: string[]): Linked {
  let levels = 1
  const jobs = workflow.jobs.map((job): WorkflowJob => {
    const called = job.call && follow(linker, { ...job, call: job.call }, chain)
    if (!job.call || !called) return job
    levels = Math.max(levels, called.levels + 1)
    tellTooDeep(linker, { levels: chain.length + called.levels, start: job.call.start, chain })
    checkCall({ file: workflow.file, diagnostics: linker.diagnostics }, job.call, called.workflow)
    return { ...job, call: { ...job.call, workflow: called.workflow } }
  })
  return { workflow: { ...workflow, jobs }, levels }
}

function tellTooDeep(linker: Linker, found: { levels: number; start: Position; chain: string[] }): void {
  if (found.levels <= maxLevels || linker.deep) return
  linker.deep = true
  const reader = { file: found.chain.at(-1) ?? '', diagnostics: linker.diagnostics }
  refuse(reader, found, {
    code: 'too-many-levels',
    message: `${found.levels} workflows call each other here; there may be ${maxLevels}, the first one included`,
    hint: 'Call the last ones from further up.',
  })
}

function follow(
  linker: Linker,
  { call }: WorkflowJob & { call: NonNullable<WorkflowJob['call']> },
  chain: string[],
): Linked | undefined {
  const file = chain.at(-1) ?? ''
  const use = calledUse(call.uses, file)
  if (!use) return undefined
  const say = (code: string, message: string, hint: string) =>
    refuse({ file, diagnostics: linker.diagnostics }, call, { code, message, hint })
  if (chain.includes(use.name)) {
    const circle = [...chain.slice(chain.indexOf(use.name)), use.name].join(' → ')
    say('call-cycle', `the workflow calls itself: ${circle}`, 'Remove one of the calls of the circle.')
    return undefined
  }
  if (linker.done.has(use.name)) return linker.done.get(use.name)
  // Those around it are not done yet.
  if (linker.done.size + chain.length - 1 >= maxCalled) {
    say(
      'too-many-workflows',
      `a run may call ${maxCalled} different workflow files`,
      'Put some of them together.',
    )
    return undefined
  }
  const linked = linkCalled(linker, { use, chain, say })
  linker.done.set(use.name, linked)
  return linked
}

interface Called {
  use: CalledUse
  chain: string[]
  say(code: string, message: string, hint: string): void
}

function linkCalled(linker: Linker, { use, chain, say }: Called): Linked | undefined {
  const text = Object.hasOwn(linker.texts, use.name) ? linker.texts[use.name] : undefined
  if (typeof text !== 'string') {
    const why = text?.message ?? `there is no file ${use.name}`
    say('unknown-workflow', why, text?.hint ?? 'Name a workflow file of the same commit.')
    return undefined
  }
  const { workflow, diagnostics } = parseWorkflow(use.name, text, linker.options)
  linker.diagnostics.push(...diagnostics)
  if (!workflow) return undefined
  const linked = link(linker, workflow, [...chain, use.name])
  if (workflow.call) return linked
  say(
    'not-callable',
    `${use.name} cannot be called: it has no on.workflow_call`,
    'Add workflow_call under its on.',
  )
  return undefined
}

/** A workflow and everything that it calls, each once. */
export function allWorkflows(root: Workflow): Workflow[] {
  const found = new Set([root])
  // A set hands out what is added while it is walked.
  for (const { jobs } of found) {
    for (const { call } of jobs) if (call?.workflow) found.add(call.workflow)
  }
  return [...found]
}
