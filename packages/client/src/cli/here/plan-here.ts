import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { formatDiagnostic } from '@signalbox/core/base/diagnostics.ts'
import { Failure } from '@signalbox/core/base/failure.ts'
import { type HappenedEvent, triggered } from '@signalbox/core/events/triggered.ts'
import { type ForecastJob, forecast } from '@signalbox/core/plan/forecast.ts'
import { loadWorkflow } from '@signalbox/core/workflow/link-calls.ts'
import { eventFacts } from '@signalbox/core/workflow/read/event-table.ts'
import { createFolderArtifacts } from '@signalbox/engine/actions/folder-artifacts.ts'
import { engineBuiltins } from '@signalbox/engine/actions/registry.ts'
import { folderSource } from '@signalbox/engine/job/source/folder-source.ts'
import { z } from 'zod'
import type { Cli } from '../cli.ts'
import { exitCodes } from '../exit-code.ts'
import { plain, plainLine } from '../style.ts'
import { changedHere } from './changed-here.ts'
import { findWorkflows, type WorkflowFile } from './find-workflow.ts'
import { eventNamed, happenedHere } from './happened-here.ts'
import type { PlanOptions } from './plan-options.ts'
import { contextsOfRun } from './run-request.ts'

/** What an event comes to for one file, as `--json` prints it. */
interface PlannedFile {
  file: string
  name: string
  runs: boolean
  /** What keeps it from running: a filter, `event` or `invalid`. */
  by: string | null
  reason: string | null
  jobs: { name: string; needs: string[]; runs: boolean; reason: string | null; uncertain: boolean }[]
}

const pullRequests = ['pull_request', 'pull_request_target']

/** Prints which workflows of a checkout an event would start; answers the exit code, 2 with a file that is wrong. */
export async function planHere(cli: Cli, options: PlanOptions, json: boolean): Promise<number> {
  const dir = options.dir === undefined ? cli.cwd : resolve(cli.cwd, options.dir)
  const { root, files } = findWorkflows(dir, [])
  const payload = payloadOf(cli, options.payload)
  const happened = happenedIn(root, options, payload)
  const planned: PlannedFile[] = []
  for (const found of files) planned.push(await planFile(found, happened, payload))
  const { changed } = happened
  if (json) {
    cli.json({
      event: happened.name,
      action: happened.action ?? null,
      ref: happened.ref,
      changed: changed ?? null,
      workflows: planned,
    })
  } else {
    const known = changed ? `${changed.length} changed files` : 'changed files not known: paths stop nothing'
    cli.out(`${cli.style.bold(happened.name)} ${plainLine(happened.ref)} ${cli.style.dim(`(${known})`)}\n`)
    for (const one of planned) cli.out(textOf(cli, one))
  }
  return planned.some(({ by }) => by === 'invalid') ? exitCodes.usage : exitCodes.ok
}

function happenedIn(root: string, options: PlanOptions, payload: Payload | undefined): HappenedEvent {
  const name = eventNamed(options.event)
  const isPull = pullRequests.includes(name)
  const told = happenedHere(root, name, payload)
  const ref = options.ref ?? told.ref
  const base = options.base ?? (isPull ? told.branch : undefined)
  const { changed, message, baseName } = changedHere(root, { base, isPull })
  const action = told.action ?? (isPull ? eventFacts(name)?.defaultTypes?.[0] : undefined)
  return {
    ...told,
    ref: isPull && options.ref === undefined ? 'refs/pull/0/merge' : ref,
    ...(action === undefined ? {} : { action }),
    ...(isPull ? { branch: told.branch ?? baseName } : {}),
    ...(name === 'push' || isPull ? { changed, message: told.message ?? message } : {}),
  }
}

async function planFile(
  found: WorkflowFile,
  event: HappenedEvent,
  payload: Payload | undefined,
): Promise<PlannedFile> {
  const builtinActions = [...engineBuiltins(createFolderArtifacts('')).values()]
  const { workflow, diagnostics } = await loadWorkflow(found, folderSource(found.root), { builtinActions })
  const { file } = found
  if (!workflow) {
    const reason = diagnostics
      .filter(({ severity }) => severity === 'error')
      .map(formatDiagnostic)
      .join('\n')
    return { file, name: file, runs: false, by: 'invalid', reason, jobs: [] }
  }
  const name = workflow.name ?? file
  const verdict = triggered(workflow, event)
  if (!verdict.runs) return { file, name, runs: false, by: verdict.by, reason: verdict.reason, jobs: [] }
  const place = { workflow, event: event.name, root: found.root, commit: '', ref: event.ref }
  const wish = { inputs: {}, payload }
  // A person fills required inputs in; without them the jobs are still worth seeing.
  const asked =
    event.name === 'workflow_dispatch' ? { ...place, workflow: { ...workflow, inputs: [] } } : place
  const { inputs, github } = contextsOfRun(wish, asked)
  const jobs = forecast(workflow, { contexts: { github, inputs, vars: {} } })
  return { file, name, runs: true, by: null, reason: null, jobs: jobs.map(jobOf) }
}

function jobOf({ name, job, settled, uncertain }: ForecastJob): PlannedFile['jobs'][number] {
  const certain = settled && !uncertain
  return { name, needs: job.needs, runs: !certain, reason: certain ? settled.reason : null, uncertain }
}

function textOf({ style }: Cli, { name, file, runs, reason, jobs }: PlannedFile): string {
  const title = name === file ? plainLine(file) : `${plainLine(name)} ${style.dim(plainLine(file))}`
  if (!runs) return `${style.dim('-')} ${title}\n    ${plain(reason ?? '').replaceAll('\n', '\n    ')}\n`
  const lines = jobs.map((job) => {
    const after = job.needs.length > 0 ? style.dim(` after ${job.needs.join(', ')}`) : ''
    const perhaps = job.uncertain ? style.dim(' (decided while it runs)') : ''
    const why = job.runs ? '' : style.dim(` skipped: ${plainLine(job.reason ?? '')}`)
    return `    ${job.runs ? style.blue('○') : style.dim('-')} ${plainLine(job.name)}${after}${perhaps}${why}\n`
  })
  return `${style.green('●')} ${title}\n${lines.join('')}`
}

const Payload = z.record(z.string(), z.unknown())
type Payload = z.infer<typeof Payload>

function payloadOf(cli: Cli, file: string | undefined): Payload | undefined {
  if (file === undefined) return undefined
  try {
    return Payload.parse(JSON.parse(readFileSync(resolve(cli.cwd, file), 'utf8')))
  } catch {
    throw new Failure('usage', `${file} is not a file with a JSON object.`)
  }
}
