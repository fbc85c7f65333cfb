import { join, relative } from 'node:path'
import { type Diagnostic, formatDiagnostic } from '@signalbox/core/base/diagnostics.ts'
import { Failure } from '@signalbox/core/base/failure.ts'
import { newId } from '@signalbox/core/base/ids.ts'
import type { LocalRunLine } from '@signalbox/core/contract/local-run.ts'
import { triggered } from '@signalbox/core/events/triggered.ts'
import type { ActionsLock } from '@signalbox/core/workflow/actions-lock.ts'
import { loadWorkflow } from '@signalbox/core/workflow/link-calls.ts'
import type { Workflow } from '@signalbox/core/workflow/model.ts'
import { parseWorkflow } from '@signalbox/core/workflow/parse.ts'
import type { EventName } from '@signalbox/core/workflow/read/event-table.ts'
import type { ActionSource } from '@signalbox/engine/action-source/port.ts'
import { createFolderArtifacts } from '@signalbox/engine/actions/folder-artifacts.ts'
import { engineBuiltins } from '@signalbox/engine/actions/registry.ts'
import { isReplaced } from '@signalbox/engine/job/actions/remote-actions.ts'
import type { Conclusion } from '@signalbox/engine/job/port.ts'
import { runWorkflow } from '@signalbox/engine/job/run-workflow.ts'
import { folderSource } from '@signalbox/engine/job/source/folder-source.ts'
import type { ContainerEngine } from '@signalbox/engine/sandbox/container-port.ts'
import { dataDirOf } from '../../api/connection.ts'
import { batchedOut } from '../batched-out.ts'
import type { Cli } from '../cli.ts'
import { exitCodes } from '../exit-code.ts'
import { plain } from '../style.ts'
import { dryRun } from './dry-run.ts'
import { findWorkflows, type WorkflowFile } from './find-workflow.ts'
import { eventNamed, happenedHere } from './happened-here.ts'
import { liveReporter } from './live/live-reporter.ts'
import { createScreen, type Screen, wantsTree } from './live/screen.ts'
import { localActionSource, readLock } from './local-actions.ts'
import { openContainers } from './local-containers.ts'
import { diagnosticLine, jsonReporter } from './local-json.ts'
import { artifactsFolder, type LocalMachine, openMachine, ownerId } from './local-machine.ts'
import { type LocalReporter, textReporter } from './local-reporter.ts'
import { legFilter } from './matrix-filter.ts'
import type { RunHere } from './run-options.ts'
import { eventOf, requestOf } from './run-request.ts'

/** A file that was read without a mistake. */
export interface ReadWorkflow {
  found: WorkflowFile
  workflow: Workflow
  event: EventName
}

/** Runs workflows of a checkout with no server; answers the exit code. */
export async function runHere(cli: Cli, wish: RunHere): Promise<number> {
  const actions = localActionSource(cli, wish.actionsDir)
  const read = await readWorkflows(cli, wish, actions)
  if (!read) return exitCodes.usage
  const locked = readLock(cli, read[0]?.found.root ?? wish.dir)
  for (const diagnostic of locked.diagnostics) tell(cli, diagnostic, wish.json)
  if (locked.there && !locked.lock) return exitCodes.usage
  if (wish.dryRun) return dryRun(cli, wish, read)
  const containers = await openContainers(
    cli,
    read.map((one) => one.workflow),
    ownerId,
  )
  const screen = !wish.json && wantsTree(cli.env, process.stdout) ? createScreen(process.stdout) : undefined
  const out = batchedOut(cli)
  const say = (line: LocalRunLine) => out.write(`${JSON.stringify(line)}\n`)
  const machine = await openMachine(screen ? beside(cli, screen) : cli, wish, read[0]?.found.root ?? wish.dir)
  const reporter = wish.json
    ? jsonReporter(say, cli.now)
    : screen
      ? liveReporter(cli, screen)
      : textReporter({ ...cli, out: out.write })
  const filter = legFilter(wish.matrix)
  const ended: Conclusion[] = []
  try {
    for (const one of read) {
      if (cli.signal.aborted) break
      ended.push(
        await runOne(cli, { wish, machine, containers, reporter, filter, actions, lock: locked.lock }, one),
      )
    }
  } finally {
    out.flush()
    screen?.close()
    await machine.close()
  }
  for (const key of filter.strangers()) {
    cli.err(cli.style.yellow(`! no matrix of what ran has the key ${plain(key)} of --matrix\n`))
  }
  return exitCodeOfRuns(cli, ended)
}

/** What is said beside the tree stands above it. */
function beside(cli: Cli, screen: Screen): Cli {
  return {
    ...cli,
    err(text) {
      screen.clear()
      cli.err(text)
    },
  }
}

/** Failed before cancelled: what went wrong is worth knowing, whoever stopped the rest. */
function exitCodeOfRuns(cli: Cli, ended: readonly Conclusion[]): number {
  if (cli.signal.aborted) return exitCodes.interrupted
  if (ended.some((one) => one === 'failure' || one === 'timed_out')) return exitCodes.failed
  return ended.includes('cancelled') ? exitCodes.interrupted : exitCodes.ok
}

/** What is meant, read; undefined when a file has a mistake, which was told. */
async function readWorkflows(
  cli: Cli,
  wish: RunHere,
  source: ActionSource,
): Promise<ReadWorkflow[] | undefined> {
  const builtinActions = [...engineBuiltins(createFolderArtifacts('')).values()]
  const chosen = findWorkflows(wish.dir, wish.files)
  const read: ReadWorkflow[] = []
  const name = eventNamed(wish.event ?? 'push')
  const happened = chosen.all ? happenedHere(chosen.root, name, wish.payload) : undefined
  const passedOver: string[] = []
  let wrong = false
  for (const found of chosen.files) {
    const options = {
      builtinActions,
      isReplaced: (uses: string) => isReplaced(source, uses),
      machines: wish.machine.labels,
    }
    const own = happened && parseWorkflow(found.file, found.text, options).workflow
    // Of all files only what is triggered is meant, and a file that cannot be read does not say by what.
    const verdict = own && triggered(own, happened)
    if (verdict?.runs === false) {
      passedOver.push(`${found.file}: ${verdict.reason}`)
      continue
    }
    const { workflow, diagnostics } = await loadWorkflow(found, folderSource(found.root), options)
    for (const diagnostic of diagnostics) {
      // From where the person stands, so that the terminal makes a link of it.
      tell(cli, { ...diagnostic, file: relative(cli.cwd, join(found.root, diagnostic.file)) }, wish.json)
    }
    if (workflow) read.push({ found, workflow, event: eventOf(workflow, wish) })
    else wrong = true
  }
  if (wrong) return undefined
  if (read.length > 0) return onlyJobs(read, wish.jobs)
  throw new Failure('usage', `No workflow here is triggered by ${name}.`, {
    hint: [...passedOver, 'Name the event with --event, or a file.'].join('\n'),
  })
}

/** Prints what is wrong with a file. */
export function tell(cli: Cli, diagnostic: Diagnostic, json: boolean): void {
  if (json) cli.json(diagnosticLine(diagnostic), { line: true })
  else cli.err(`${plain(formatDiagnostic(diagnostic))}\n`)
}

async function runOne(
  cli: Cli,
  at: {
    wish: RunHere
    machine: LocalMachine
    containers: ContainerEngine | undefined
    reporter: LocalReporter
    filter: ReturnType<typeof legFilter>
    actions: ActionSource
    lock: ActionsLock | undefined
  },
  { workflow, event }: ReadWorkflow,
): Promise<Conclusion> {
  const { wish, machine, containers, reporter, filter, actions: actionSource, lock } = at
  const id = `run-${newId().slice(-12)}`
  const request = requestOf(wish, { id, workflow, event, machine })
  const { commit, ref } = machine.source
  const builtins = engineBuiltins(createFolderArtifacts(artifactsFolder(dataDirOf(cli.env), id)))
  reporter.begin({ id, workflow, event, commit, ref, sandbox: machine.provider.name })
  const result = await runWorkflow(
    { ...request, actions: { lock }, wantsLeg: filter.wants },
    {
      ...{ provider: machine.provider, builtins, services: machine.services, actionSource, now: cli.now },
      ...(containers && { containers }),
    },
    reporter,
    cli.signal,
  )
  reporter.end(result)
  return result.conclusion
}

/** These jobs with all that they need; of several workflows those that have one of them. */
function onlyJobs(read: ReadWorkflow[], keys: readonly string[]): ReadWorkflow[] {
  if (keys.length === 0) return read
  const known = new Set(read.flatMap(({ workflow }) => workflow.jobs.map((job) => job.key)))
  const strange = keys.find((key) => !known.has(key))
  if (strange !== undefined) {
    const where = read.length === 1 ? (read[0]?.workflow.file ?? '') : 'none of the workflows'
    throw new Failure('usage', `${where} has ${read.length === 1 ? 'no' : 'a'} job "${strange}".`, {
      hint: `The jobs: ${[...known].join(', ')}`,
    })
  }
  return read.flatMap((one) => {
    const wanted = new Set<string>()
    const byKey = new Map(one.workflow.jobs.map((job) => [job.key, job]))
    const add = (key: string): void => {
      const job = byKey.get(key)
      if (!job || wanted.has(key)) return
      wanted.add(key)
      for (const need of job.needs) add(need)
    }
    for (const key of keys) add(key)
    const jobs = one.workflow.jobs.filter((job) => wanted.has(job.key))
    return jobs.length > 0 ? [{ ...one, workflow: { ...one.workflow, jobs } }] : []
  })
}
