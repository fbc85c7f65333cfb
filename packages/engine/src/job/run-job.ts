import { Failure } from '@signalbox/core/base/failure.ts'
import { lacks } from '@signalbox/core/base/machine.ts'
import { evaluateTemplate } from '@signalbox/core/expressions/evaluate.ts'
import { legContexts } from '@signalbox/core/plan/leg-contexts.ts'
import { machineWish } from '@signalbox/core/plan/machine-wish.ts'
import type { Step, WorkflowJob } from '@signalbox/core/workflow/model.ts'
import { splitUses } from '@signalbox/core/workflow/read/read-uses.ts'
import { runPostStep } from './actions/run-post-steps.ts'
import { setUpActions } from './actions/run-pre-steps.ts'
import { type JobPlace, type WantedContainers, wantedContainers } from './containers/open-place.ts'
import { setUpContainers } from './containers/set-up-containers.ts'
import { defaultEnv, githubContext, type Seen } from './job-env.ts'
import { contextsOf, evaluateMap, type JobState, needsContext } from './job-state.ts'
import { createMasker } from './log/masker.ts'
import { createJobMatchers } from './log/matchers/job-matchers.ts'
import type {
  Conclusion,
  JobAccess,
  JobDependencies,
  JobReporter,
  JobRequest,
  JobResult,
  RunJob,
} from './port.ts'
import { prepareJob, sandboxSpec } from './prepare-job.ts'
import { runControl } from './run-control.ts'
import { type BackgroundSteps, createBackgroundSteps } from './steps/background-steps.ts'
import { createFileHashes } from './steps/hash-files.ts'
import { obeying } from './steps/obey.ts'
import { runStep } from './steps/run-step.ts'
import { endOf, minutes } from './steps/step-end.ts'
import { places } from './steps/step-files.ts'

/** Work at the end of the job is not waited for any longer: the sandbox ends in any case. */
const atEndMs = 60_000

/** After a cancel or a time-out, `always()` steps and the work at the job's end have this long. */
const graceMs = 5 * 60_000

/** Runs one job in a sandbox of its own; see RunJob for what it promises. */
export const runJob: RunJob = async (request, dependencies, reporter, signal) => {
  const job = request.workflow.jobs.find((candidate) => candidate.key === request.jobKey)
  if (!job) throw new Failure('unknown-job', `the workflow has no job ${request.jobKey}`)
  if (signal.aborted)
    return { conclusion: 'cancelled', outputs: {}, reason: 'it was cancelled before it began' }
  const { provider } = dependencies
  // In an image each path is what it is.
  const seen = (path: string) => (job.container ? path : (provider.seenAt?.(request.id, path) ?? path))
  let plan: JobPlan
  try {
    plan = planOf(request, job, seen)
  } catch (error) {
    return { conclusion: 'failure', outputs: {}, reason: endOf(error).reason }
  }
  const startedAt = performance.now()
  const setUp = await openPlace({ request, dependencies, reporter, signal }, plan)
  if ('result' in setUp) return setUp.result
  const { place } = setUp
  const access = callsActions(job, dependencies) ? await dependencies.services?.open(request) : undefined
  const createMs = performance.now() - startedAt
  const state = initialState({
    ...{ dependencies, reporter, job, plan, place, createMs, access, seen },
    // The layers of this machine are none for an image.
    request: place.context.container ? withoutLayers(request) : request,
    setUpAt: setUp.startedAt,
  })
  try {
    const result = await runInSandbox(state, { job, plan }, signal)
    // A workspace that an image has written is no layer of this machine.
    const keeps = state.containers['container'] === undefined
    if (keeps && (result.conclusion === 'failure' || result.conclusion === 'timed_out')) {
      await dependencies.onFailed?.({ sandbox: state.sandbox, layers: state.request.layers })
    }
    return result
  } finally {
    await state.sandbox.destroy()
    await place.close()
    await access?.close()
  }
}

function withoutLayers(request: JobRequest): JobRequest {
  return { ...request, layers: [], layerPaths: undefined, install: undefined }
}

async function openPlace(
  given: Pick<Begun, 'request' | 'dependencies' | 'reporter'> & { signal: AbortSignal },
  { containers }: JobPlan,
): Promise<{ place: JobPlace; startedAt: number | undefined } | { result: JobResult }> {
  const { request, dependencies, signal } = given
  if (!containers) {
    const sandbox = await dependencies.provider.create(sandboxSpec(request, request.id), signal)
    return { place: { sandbox, context: {}, close: async () => {} }, startedAt: undefined }
  }
  const masker = createMasker(Object.values(request.secrets))
  const own = containers.container ? withoutLayers(request) : request
  return await setUpContainers(own, containers, { ...given, masker })
}

/** Whether a step may run an action that is none of ours: the others never call the services. */
function callsActions(job: WorkflowJob, { builtins }: JobDependencies): boolean {
  return job.steps.some((step) => step.kind === 'uses' && !builtins.has(splitUses(step.uses)?.name ?? ''))
}

interface JobPlan {
  github: JobState['github']
  env: Record<string, string>
  timeoutMs: number
  containers: WantedContainers | undefined
}

/** What is evaluated before there is a sandbox. Throws a Failure for what the workflow got wrong. */
function planOf(request: JobRequest, job: WorkflowJob, seen: Seen): JobPlan {
  const github = githubContext(request, seen)
  const outside = { github, inputs: request.inputs, vars: request.vars }
  const withSecrets = { ...outside, secrets: request.secrets }
  const inside = { needs: needsContext(request), ...legContexts(request.leg) }
  if (request.machine) {
    const missing = lacks(request.machine, machineWish(job.runsOn, { ...outside, ...inside }))
    if (missing !== undefined) {
      throw new Failure('unsupported-runner', `this machine is not ${missing}`, {
        hint: `It has the labels ${request.machine.labels.join(', ')}; SIGNALBOX_WORKER_LABELS names others.`,
      })
    }
  }
  const timeoutMs = minutes(job.timeoutMinutes, (source) =>
    evaluateTemplate(source, { ...outside, ...inside }),
  )
  const env = {
    ...evaluateMap(request.workflow.env, withSecrets),
    ...evaluateMap(job.env, { ...withSecrets, ...inside }),
  }
  return {
    github,
    env,
    containers: wantedContainers(job, { ...withSecrets, ...inside, env }),
    timeoutMs: timeoutMs ?? request.defaultTimeoutMs,
  }
}

async function runInSandbox(
  state: JobState,
  { job, plan }: { job: WorkflowJob; plan: JobPlan },
  cancel: AbortSignal,
): Promise<JobResult> {
  await prepareJob(state)
  const beside = createBackgroundSteps(state)
  state.alone = () => !beside.busy()
  const stop = stopSignals(cancel, plan.timeoutMs, state.dependencies.force)
  /** False when nothing may run any more. */
  const next = async (run: (signal: AbortSignal) => Promise<unknown>): Promise<boolean> => {
    if (stop.normal.aborted) markStopped(state, stop)
    if (stop.last.aborted) return false
    // What begins after the stop was asked for is what wanted to run then.
    const signal = stop.normal.aborted ? stop.last : stop.normal
    await obeying(signal, state, run(signal))
    return true
  }
  try {
    let ready = false
    await next(async (signal) => {
      ready = await setUpActions(state, job.steps, signal)
    })
    for (const step of ready ? job.steps : []) {
      if (!(await next((signal) => runOne(state, step, { signal, beside })))) break
    }
    // As a step that waits for all would, before the work at the end.
    await beside.ended('all')
    beside.takeOver('all', { forgiven: false })
    let number = job.steps.length
    for (let post = state.posts.pop(); post; post = state.posts.pop()) {
      const one = post
      number += 1
      if (!(await next((signal) => runPostStep(state, one, { number, signal })))) break
    }
    if (stop.normal.aborted) markStopped(state, stop)
  } finally {
    await runAtEnd(state)
    stop.clear()
  }
  const conclusion: Conclusion = stop.timedOut() && state.status === 'cancelled' ? 'timed_out' : state.status
  return outputsOf(state, job, conclusion)
}

/** Runs a step of the job, or begins it beside the next ones. */
async function runOne(
  state: JobState,
  step: Step,
  { signal, beside }: { signal: AbortSignal; beside: BackgroundSteps },
): Promise<void> {
  if (step.kind === 'wait' || step.kind === 'cancel') await runControl(state, step, beside)
  else if (step.background) beside.start(step, signal)
  else await runStep(state, step, signal)
}

interface Begun {
  request: JobRequest
  dependencies: JobDependencies
  reporter: JobReporter
  job: WorkflowJob
  plan: JobPlan
  place: JobPlace
  setUpAt: number | undefined
  createMs: number
  access: JobAccess | undefined
  seen: Seen
}

function initialState(begun: Begun): JobState {
  const { request, dependencies, reporter, job, plan, place, createMs, access, setUpAt, seen } = begun
  const state: JobState = {
    request,
    dependencies,
    reporter,
    sandbox: place.sandbox,
    doors: place.doors,
    containers: place.context,
    setUpAt,
    createMs,
    seen,
    matchers: createJobMatchers(() => state.sandbox),
    masker: createMasker([...Object.values(request.secrets), ...(access?.secrets ?? [])]),
    github: plan.github,
    fixedEnv: defaultEnv(plan.github),
    actionEnv: access?.variables ?? {},
    env: plan.env,
    path: [],
    basePath: undefined,
    scope: {
      steps: {},
      list: job.steps,
      inputs: request.inputs,
      secrets: request.secrets,
      depth: 0,
      status: 'success',
    },
    hashes: createFileHashes(() => state.sandbox, seen(places.workspace)),
    status: 'success',
    reason: undefined,
    remote: new Map(),
    actionStates: new Map(),
    posts: [],
    atEnd: [],
    writtenAhead: new Map(),
    alone: () => true,
    logs: [],
  }
  return state
}

interface StopSignals {
  /** Cancelled from outside or out of time. */
  normal: AbortSignal
  /** For steps that begin after that; aborted when the grace is over or the end is forced. */
  last: AbortSignal
  timedOut(): boolean
  clear(): void
}

function stopSignals(cancel: AbortSignal, timeoutMs: number, force?: AbortSignal): StopSignals {
  const timeout = new AbortController()
  const last = new AbortController()
  const timer = setTimeout(
    () => timeout.abort(new Failure('timed-out', 'the job ran out of time')),
    Math.min(timeoutMs, 2 ** 31 - 1),
  )
  const normal = AbortSignal.any([cancel, timeout.signal])
  let grace: NodeJS.Timeout | undefined
  const begin = () => {
    grace = setTimeout(() => last.abort(), graceMs)
  }
  if (normal.aborted) begin()
  else normal.addEventListener('abort', begin, { once: true })
  return {
    normal,
    last: force ? AbortSignal.any([last.signal, force]) : last.signal,
    timedOut: () => timeout.signal.aborted && !cancel.aborted,
    clear() {
      clearTimeout(timer)
      clearTimeout(grace)
      normal.removeEventListener('abort', begin)
    },
  }
}

function markStopped(state: JobState, stop: StopSignals): void {
  if (state.status === 'cancelled') return
  state.status = 'cancelled'
  const why: unknown = stop.normal.reason
  const said = why instanceof Failure && why.code === 'overtaken' ? why.message : 'it was cancelled'
  state.reason = stop.timedOut() ? 'it ran out of time' : said
}

async function runAtEnd(state: JobState): Promise<void> {
  for (let run = state.atEnd.pop(); run; run = state.atEnd.pop()) {
    try {
      await withinTime(run())
    } catch (error) {
      state.logs.at(-1)?.say('system', `Error at the end of the job: ${endOf(error).reason}`)
    }
  }
  for (const log of state.logs) await log.close()
}

async function withinTime(work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Failure('timed-out', `it took longer than ${atEndMs / 1000} s`)),
      atEndMs,
    )
  })
  try {
    await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

/** The address of the job's environment; none for what is no address of the web, is too long or holds a secret. */
function urlOf(state: JobState, job: WorkflowJob): string | undefined {
  if (!job.environment?.url) return undefined
  const text = evaluateTemplate(job.environment.url.source, contextsOf(state)).trim()
  const isUrl = URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)
  return isUrl && text.length <= 2000 && state.masker.find(text).length === 0 ? text : undefined
}

/** Outputs that hold a secret are left out, as on GitHub: they would leave the job unmasked. */
function outputsOf(state: JobState, job: WorkflowJob, conclusion: Conclusion): JobResult {
  const reason = conclusion === 'success' || !state.reason ? undefined : state.masker.mask(state.reason)
  try {
    const all = Object.entries(evaluateMap(job.outputs, contextsOf(state)))
    const outputs = Object.fromEntries(all.filter(([, value]) => state.masker.find(value).length === 0))
    const environmentUrl = urlOf(state, job)
    return { conclusion, outputs, reason, ...(environmentUrl !== undefined && { environmentUrl }) }
  } catch (error) {
    return {
      conclusion: 'failure',
      outputs: {},
      reason: state.masker.mask(`outputs: ${endOf(error).reason}`),
    }
  }
}
