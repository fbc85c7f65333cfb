import { mkdir, rm } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { basename, join, relative } from 'node:path'
import { formatDiagnostic } from '@signalbox/core/base/diagnostics.ts'
import { Failure } from '@signalbox/core/base/failure.ts'
import { newId } from '@signalbox/core/base/ids.ts'
import { SandboxSettings, ValidationSettings } from '@signalbox/core/contract/settings.ts'
import type { Workflow } from '@signalbox/core/workflow/model.ts'
import { parseWorkflow } from '@signalbox/core/workflow/parse.ts'
import { resolveInputs } from '@signalbox/core/workflow/resolve-inputs.ts'
import { createFolderArtifacts } from '@signalbox/engine/actions/folder-artifacts.ts'
import { engineBuiltins } from '@signalbox/engine/actions/registry.ts'
import { runWorkflow, type WorkflowRequest } from '@signalbox/engine/job/run-workflow.ts'
import { worktreeSource } from '@signalbox/engine/job/worktree-source.ts'
import { withNpmRegistry } from '@signalbox/engine/sandbox/egress/npm-registry.ts'
import { startEgressProxy } from '@signalbox/engine/sandbox/egress/proxy.ts'
import type { SandboxProvider } from '@signalbox/engine/sandbox/port.ts'
import { selectProvider } from '@signalbox/engine/sandbox/select.ts'
import { dataDirOf } from '../api/connection.ts'
import type { Cli } from './cli.ts'
import { exitCodes } from './exit-code.ts'
import { findWorkflow } from './find-workflow.ts'
import { progress } from './lamps.ts'
import { jsonReporter, textReporter } from './local-reporter.ts'
import { plain } from './style.ts'

/** Sandboxes of runs like this one whose process was killed are ended by the next. */
const ownerId = 'signalbox-run'
const mebibyte = 1024 * 1024

/** What a person asks of a run on this machine. */
export interface RunHere {
  dir: string
  file: string | undefined
  job: string | undefined
  /** Hosts that may be reached beside the usual ones. */
  allow: string[]
  env: Record<string, string>
  secrets: Record<string, string>
  /** Of the workflow's declared ones; texts, which get their types here. */
  inputs: Record<string, string>
  json: boolean
}

/** Runs a workflow of a checkout with no server; answers the exit code. */
export async function runHere(cli: Cli, wish: RunHere): Promise<number> {
  const found = findWorkflow(wish.dir, wish.file)
  const id = `run-${newId().slice(-12)}`
  const artifacts = join(dataDirOf(cli.env), 'artifacts', id)
  const builtins = engineBuiltins(createFolderArtifacts(artifacts))
  const { workflow, diagnostics } = parseWorkflow(found.file, found.text, {
    builtinActions: [...builtins.values()],
  })
  for (const diagnostic of diagnostics) {
    // From where the person stands, so that the terminal makes a link of it.
    const file = relative(cli.cwd, found.path)
    cli.err(`${plain(formatDiagnostic({ ...diagnostic, file }))}\n`)
  }
  if (!workflow) return exitCodes.usage
  const chosen = wish.job === undefined ? workflow : onlyJob(workflow, wish.job)
  const dataDir = dataDirOf(cli.env)
  const provider = await readyProvider(cli, dataDir)
  const tree = await worktreeSource(found.root)
  const socketPath = join(dataDir, 'egress', `${id}.sock`)
  await mkdir(join(dataDir, 'egress'), { recursive: true, mode: 0o711 })
  const proxy = await startEgressProxy({
    socketPath,
    allow: await withNpmRegistry([...SandboxSettings.parse({}).allowHosts, ...wish.allow]),
    onRequest(request) {
      if (request.allowed || wish.json) return
      const hint = request.reason === 'not-on-the-list' ? `; allow it with --allow ${request.host}` : ''
      cli.err(
        cli.style.yellow(`! ${plain(request.host)}:${request.port} was refused (${request.reason})${hint}\n`),
      )
    },
  })
  try {
    const request = requestOf(wish, {
      id,
      workflow: chosen,
      root: found.root,
      source: tree.source,
      socketPath,
    })
    const reporter = wish.json
      ? jsonReporter(cli)
      : textReporter(cli, { severalJobs: chosen.jobs.length > 1 || chosen.jobs.some((job) => job.strategy) })
    const result = await runWorkflow(request, { provider, builtins, now: cli.now }, reporter, cli.signal)
    if (wish.json) cli.json({ type: 'run_completed', ...result }, { line: true })
    else cli.out(`${found.file} ${progress('completed', result.conclusion, cli.style)}\n`)
    if (cli.signal.aborted) return exitCodes.interrupted
    return result.conclusion === 'success' ? exitCodes.ok : exitCodes.endedBadly
  } finally {
    await proxy.close()
    await rm(socketPath, { force: true })
    await tree.close()
  }
}

/** One job with all that it needs. */
export function onlyJob(workflow: Workflow, key: string): Workflow {
  const byKey = new Map(workflow.jobs.map((job) => [job.key, job]))
  if (!byKey.has(key)) {
    throw new Failure('usage', `${workflow.file} has no job "${key}".`, {
      hint: `Its jobs: ${[...byKey.keys()].join(', ')}`,
    })
  }
  const wanted = new Set<string>()
  const add = (one: string): void => {
    if (wanted.has(one)) return
    wanted.add(one)
    for (const need of byKey.get(one)?.needs ?? []) add(need)
  }
  add(key)
  return { ...workflow, jobs: workflow.jobs.filter((job) => wanted.has(job.key)) }
}

// `host` too: a person runs the workflow of their own checkout, and named it.
const providerNames = ['bubblewrap', 'unshare', 'host'] as const

async function readyProvider(cli: Cli, dataDir: string): Promise<SandboxProvider> {
  const preferred = cli.env['SIGNALBOX_SANDBOX']
  const prefer = providerNames.find((name) => name === preferred)
  await mkdir(dataDir, { recursive: true, mode: 0o711 }).catch((cause: unknown) => {
    throw new Failure('data-folder', `${dataDir} cannot be made.`, {
      hint: 'Name a folder of your own: SIGNALBOX_DATA_DIR.',
      cause,
    })
  })
  const { provider, capabilities } = await selectProvider({ dataDir, prefer })
  if (!provider) {
    throw new Failure('no-sandbox', `No sandbox works on this machine. ${capabilities.reason ?? ''}`.trim(), {
      hint: 'Nothing runs outside of a sandbox. "signalbox doctor" says what is missing.',
    })
  }
  await provider.reapOrphans(ownerId)
  return provider
}

function requestOf(
  wish: RunHere,
  run: {
    id: string
    workflow: Workflow
    root: string
    source: WorkflowRequest['checkout']
    socketPath: string
  },
): WorkflowRequest {
  const { memoryMb, pids, cpus, diskMb } = SandboxSettings.parse({})
  const { ref, commit } = run.source
  const inputs = resolveInputs(run.workflow.inputs ?? [], wish.inputs)
  return {
    id: run.id,
    ownerId,
    workflow: run.workflow,
    concurrency: Math.max(1, Math.min(4, availableParallelism())),
    github: {
      repository: `local/${basename(run.root)}`,
      repository_owner: 'local',
      workflow: run.workflow.name ?? run.workflow.file,
      run_id: run.id,
      run_number: '1',
      run_attempt: '1',
      event_name: 'workflow_dispatch',
      event: {
        inputs: Object.fromEntries(Object.entries(inputs).map(([name, value]) => [name, String(value)])),
      },
      sha: commit,
      ref,
      ref_name: ref.replace(/^refs\/(heads|tags)\//, ''),
      ref_type: ref.startsWith('refs/tags/') ? 'tag' : 'branch',
      actor: 'local',
      triggering_actor: 'local',
      workspace: '/workspace',
    },
    inputs,
    vars: {},
    secrets: wish.secrets,
    checkout: run.source,
    limits: { memoryBytes: memoryMb * mebibyte, pids, cpus, diskBytes: diskMb * mebibyte },
    network: { mode: 'egress', proxySocket: run.socketPath },
    layers: [],
    env: wish.env,
    defaultTimeoutMs: ValidationSettings.parse({}).timeoutMinutes * 60_000,
  }
}
