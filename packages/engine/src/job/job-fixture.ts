import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { formatDiagnostic } from '@signalbox/core/base/diagnostics.ts'
import { parseWorkflow } from '@signalbox/core/workflow/parse.ts'
import type { ActionSource } from '../action-source/port.ts'
import { engineBuiltins } from '../actions/registry.ts'
import { createBubblewrapProvider } from '../sandbox/bubblewrap/provider.ts'
import type { Sandbox } from '../sandbox/port.ts'
import { isReplaced } from './actions/remote-actions.ts'
import type { Annotation } from './log/annotations.ts'
import type {
  BuiltinAction,
  CheckoutSource,
  JobDependencies,
  JobReporter,
  JobRequest,
  JobResult,
  LogLine,
} from './port.ts'
import { runJob } from './run-job.ts'

/** What the tests of this room share: a provider, a bare repository, and a way to run YAML in them. */
export interface JobFixture {
  gitDir: string
  commit: string
  git(...args: string[]): string
  /** Runs a job whose `steps:` are given as YAML, indented by any amount. */
  run(steps: string, options?: RunOptions): Promise<Ran>
  sandbox(): Promise<Sandbox>
  /** Where its sandboxes are. */
  dataDir: string
  /** A request without its workflow, and what a run needs beside it. */
  request: Omit<JobRequest, 'workflow'>
  dependencies: JobDependencies
  newId(): string
  close(): Promise<void>
}

/** What a test may set. `job` is YAML for other keys of the job; `onLine` sees each line as it is reported. */
export interface RunOptions {
  job?: string
  top?: string
  request?: Partial<JobRequest>
  builtins?: BuiltinAction[]
  actionSource?: ActionSource
  signal?: AbortSignal
  force?: AbortSignal
  reporter?: Partial<JobReporter>
  onLine?: (step: number, line: LogLine) => void
}

type Completed = Parameters<JobReporter['stepCompleted']>[0]

/** What came of a run. `text` holds each line as `number stream text`. */
export interface Ran {
  result: JobResult
  steps: Completed[]
  annotations: Array<{ step: number; annotation: Annotation }>
  summaries: Array<{ step: number; text: string }>
  lines: Array<{ step: number; line: LogLine }>
  /** The text of one step's lines, or of all. */
  text(step?: number): string
}

const limits = { memoryBytes: 1024 ** 3, pids: 256, cpus: 2, diskBytes: 1024 ** 3 }

/** A fixture with files at its first commit; `close` removes all of it. */
export function jobFixture(files: Record<string, string> = { 'README.md': 'hello\n' }): JobFixture {
  const root = mkdtempSync('/tmp/signalbox-job-test-')
  chmodSync(root, 0o755)
  const provider = createBubblewrapProvider({ dataDir: join(root, 'data') })
  const work = join(root, 'work')
  const identity = ['-c', 'user.name=a', '-c', 'user.email=a@b', '-c', 'init.defaultBranch=main']
  const git = (...args: string[]) =>
    execFileSync('git', [...identity, ...args], { encoding: 'utf8', stdio: 'pipe' }).trim()
  git('init', '-q', work)
  for (const [name, text] of Object.entries(files)) writeFileSync(join(work, name), text)
  git('-C', work, 'add', '-A')
  git('-C', work, 'commit', '-qm', 'first')
  writeFileSync(join(work, 'second'), 'second\n')
  git('-C', work, 'add', '-A')
  git('-C', work, 'commit', '-qm', 'second')
  const gitDir = join(root, 'repository.git')
  git('clone', '-q', '--bare', work, gitDir)
  const commit = git('--git-dir', gitDir, 'rev-parse', 'HEAD')
  const checkout: CheckoutSource = { gitDir, commit, ref: 'refs/heads/main' }
  let count = 0
  const newId = () => `job-test-${process.pid}-${++count}`
  const request: JobFixture['request'] = {
    id: newId(),
    ownerId: 'test',
    jobKey: 'j',
    github: { repository: 'team/app', event_name: 'push', event: { a: 1 } },
    needs: {},
    inputs: {},
    vars: {},
    secrets: {},
    checkout,
    limits,
    network: { mode: 'none' },
    layers: [],
    env: {},
    defaultTimeoutMs: 60_000,
  }
  const dependencies = { provider, builtins: engineBuiltins(), now: () => Date.now() }
  return {
    gitDir,
    dataDir: join(root, 'data'),
    commit,
    request,
    dependencies,
    newId,
    git: (...args) => git('--git-dir', gitDir, ...args),
    run: (steps, options = {}) =>
      runYaml({ dependencies, request: { ...request, id: newId() } }, steps, options),
    sandbox: () =>
      provider.create({
        id: newId(),
        ownerId: 'test',
        limits,
        network: { mode: 'none' },
        env: {},
        layers: [],
        detached: false,
      }),
    async close() {
      await provider.reapOrphans('test')
      rmSync(root, { recursive: true, force: true })
    },
  }
}

interface Place {
  dependencies: JobDependencies
  request: JobFixture['request']
}

async function runYaml(place: Place, steps: string, options: RunOptions): Promise<Ran> {
  const builtins = new Map(place.dependencies.builtins)
  for (const action of options.builtins ?? []) builtins.set(action.name, action)
  const indent = (text: string, by: string) => text.replace(/^/gm, by)
  const job = options.job ? `${indent(options.job, '    ')}\n` : ''
  const top = options.top ? `${options.top}\n` : ''
  const text = `on: push\n${top}jobs:\n  j:\n    runs-on: linux\n${job}    steps:\n${indent(steps, '      ')}\n`
  const { workflow, diagnostics } = parseWorkflow('test.yml', text, {
    builtinActions: [...builtins.values()],
    isReplaced: (uses) => isReplaced(options.actionSource, uses),
  })
  if (!workflow) throw new Error(`${diagnostics.map(formatDiagnostic).join('\n')}\n${text}`)
  const ran: Omit<Ran, 'result'> = {
    steps: [],
    annotations: [],
    summaries: [],
    lines: [],
    text: (step) =>
      ran.lines
        .filter((entry) => step === undefined || entry.step === step)
        .map((entry) => entry.line.text)
        .join('\n'),
  }
  const reporter: JobReporter = {
    async stepStarted() {},
    async log(step, lines) {
      for (const line of lines) {
        ran.lines.push({ step, line })
        options.onLine?.(step, line)
      }
    },
    async stepCompleted(step) {
      ran.steps.push(step)
    },
    async annotation(step, annotation) {
      ran.annotations.push({ step, annotation })
    },
    async summary(step, text) {
      ran.summaries.push({ step, text })
    },
    ...options.reporter,
  }
  const request: JobRequest = { ...place.request, workflow, ...options.request }
  const { actionSource, force } = options
  const dependencies = { ...place.dependencies, builtins, actionSource, force }
  const result = await runJob(request, dependencies, reporter, options.signal ?? new AbortController().signal)
  return { ...ran, result }
}
