import { setTimeout as sleep } from 'node:timers/promises'
import { Failure } from '@signalbox/core/base/failure.ts'
import { createLineSplitter } from '../job/log/line-splitter.ts'
import { createMasker } from '../job/log/masker.ts'
import type { ActionContext, BuiltinAction } from '../job/port.ts'
import { places } from '../job/steps/step-files.ts'
import type { ExecResult, PublishedPort, Service } from '../sandbox/port.ts'
import { askHealth, type Health } from './ask-health.ts'

const pollMs = 100
const askMs = 5_000
const graceMs = 5_000

/** `signalbox/start-app@v1`: starts the app, waits until it is healthy, and stops it at the end of the job. */
export const startApp: BuiltinAction = {
  name: 'signalbox/start-app',
  inputs: {
    run: { required: true, description: 'The command that starts the app; PORT says where to listen.' },
    port: { required: true, description: 'The port on 127.0.0.1 inside the sandbox.' },
    'health-path': {
      required: false,
      default: '/',
      description: 'The path that answers 2xx when the app is ready.',
    },
    'timeout-seconds': {
      required: false,
      default: '60',
      description: 'How long the app may take to get ready.',
    },
  },
  async run(context) {
    const wanted = wantedOf(context.inputs)
    await refuseTakenPort(context, wanted.port)
    const published = await context.sandbox.publish(wanted.port)
    context.atJobEnd(() => published.close())
    const app = await start(context, wanted)
    await waitUntilHealthy(context, { wanted, app, published })
    app.healthy = true
    await context.log('system', `The app answers on port ${wanted.port}.`)
    return { outputs: { url: `http://127.0.0.1:${wanted.port}`, port: String(wanted.port) } }
  },
}

interface Wanted {
  command: string
  port: number
  healthPath: string
  timeoutMs: number
}

function wantedOf(inputs: Record<string, string>): Wanted {
  const port = Number(inputs['port'])
  const seconds = Number(inputs['timeout-seconds'])
  const healthPath = inputs['health-path'] || '/'
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new Failure('invalid-input', `port is ${inputs['port']}`, {
      hint: 'Write a number from 1 to 65535.',
    })
  }
  if (!(seconds > 0 && seconds <= 3600)) {
    throw new Failure('invalid-input', `timeout-seconds is ${inputs['timeout-seconds']}`, {
      hint: 'Write 1 to 3600.',
    })
  }
  if (!/^\/[\x21-\x7e]*$/.test(healthPath)) {
    throw new Failure('invalid-input', `health-path is ${healthPath}`, {
      hint: 'Begin with / and leave spaces out.',
    })
  }
  return { command: inputs['run'] ?? '', port, healthPath, timeoutMs: seconds * 1000 }
}

async function refuseTakenPort(context: ActionContext, port: number): Promise<void> {
  const probe = ['bash', '-c', 'exec 3<>"/dev/tcp/127.0.0.1/$1"', 'bash', String(port)]
  const { code } = await context.sandbox.exec(probe, { timeoutMs: 5_000, onOutput() {} })
  if (code !== 0) return
  throw new Failure('port-in-use', `port ${port} is already in use before the app starts`, {
    hint: 'An earlier step left something running there; stop it or choose another port.',
  })
}

interface App {
  /** Set when it has ended. */
  ended: ExecResult | undefined
  healthy: boolean
  stopping: boolean
  lastLines: string[]
}

async function start(context: ActionContext, wanted: Wanted): Promise<App> {
  const { sandbox } = context
  const app: App = { ended: undefined, healthy: false, stopping: false, lastLines: [] }
  const script = `${places.temp}/start-app-${wanted.port}.sh`
  await sandbox.writeFile(script, `${wanted.command}\n`)
  const masker = createMasker(Object.values(context.request.secrets))
  const lines = (stream: 'stdout' | 'stderr') =>
    createLineSplitter(masker, (text) => {
      app.lastLines = [...app.lastLines.slice(-19), text]
      room = context.log(stream, text)
    })
  let room: Promise<void> | undefined
  const streams = { stdout: lines('stdout'), stderr: lines('stderr') }
  const service = await sandbox.spawn(['bash', '-e', script], {
    env: { ...context.env, PORT: String(wanted.port) },
    onOutput(stream, chunk) {
      streams[stream].push(chunk)
      return room
    },
  })
  context.atJobEnd(() => stop(context, service, app))
  void service.exited.then(
    async (result) => {
      streams.stdout.end()
      streams.stderr.end()
      app.ended = result
      if (app.healthy && !app.stopping)
        await context.log('system', `The app ended by itself: ${endedWith(result)}.`)
    },
    () => {
      app.ended = { code: null, killedBy: 'sandbox-lost' }
    },
  )
  return app
}

async function stop(context: ActionContext, service: Service, app: App): Promise<void> {
  if (app.ended) return
  app.stopping = true
  await service.stop(graceMs)
  await context.log('system', 'The app was stopped.')
}

function endedWith(result: ExecResult): string {
  if (result.killedBy === 'oom') return 'it ran out of memory'
  if (result.killedBy === 'disk') return 'it wrote more than its sandbox may hold'
  return result.code === null ? `ended by ${result.signal ?? 'a signal'}` : `exited with code ${result.code}`
}

async function waitUntilHealthy(
  context: ActionContext,
  options: { wanted: Wanted; app: App; published: PublishedPort },
): Promise<void> {
  const { wanted, app, published } = options
  const until = performance.now() + wanted.timeoutMs
  let last: Health = { kind: 'closed' }
  while (performance.now() < until) {
    if (context.signal.aborted) throw new Failure('cancelled', 'it was cancelled')
    if (app.ended) throw exitedTooSoon(app, app.ended)
    const left = until - performance.now()
    const heard = await askHealth(published.socketPath, {
      path: wanted.healthPath,
      host: `127.0.0.1:${wanted.port}`,
      timeoutMs: Math.min(askMs, left),
    })
    if (heard.kind === 'answer' && heard.status >= 200 && heard.status < 300) return
    // Cut short by the end of the wait, silence says nothing against what was heard before.
    const cutShort = heard.kind === 'silent' && left < askMs
    if (!cutShort || last.kind !== 'answer') last = heard
    await sleep(pollMs)
  }
  if (app.ended) throw exitedTooSoon(app, app.ended)
  throw notHealthy(last, wanted)
}

function exitedTooSoon(app: App, result: ExecResult): Failure {
  const output =
    app.lastLines.length > 0 ? ` Its last output:\n${app.lastLines.join('\n')}` : ' It printed nothing.'
  return new Failure('app-exited', `the app ended before it was healthy: ${endedWith(result)}.${output}`)
}

function notHealthy(last: Health, wanted: Wanted): Failure {
  const within = `within ${wanted.timeoutMs / 1000} s`
  if (last.kind === 'closed') {
    return new Failure('app-not-listening', `the app never listened on port ${wanted.port} ${within}`, {
      hint: 'Listen on the port that PORT names, on 127.0.0.1 or on all addresses.',
    })
  }
  if (last.kind === 'silent') {
    return new Failure(
      'app-unhealthy',
      `the app took the connection but did not answer ${wanted.healthPath} ${within}`,
    )
  }
  const body = last.body.trim() === '' ? '' : `: ${last.body.trim()}`
  return new Failure(
    'app-unhealthy',
    `the health check of ${wanted.healthPath} answered HTTP ${last.status}${body}`,
  )
}
