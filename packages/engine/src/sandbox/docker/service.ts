import { Failure } from '@signalbox/core/base/failure.ts'
import type { ContainerSpec, RunningService } from '../container-port.ts'
import { ask } from '../linux/control/ask.ts'
import type { ControlClient } from '../linux/control/client.ts'
import type { ExecHost } from '../linux/control/exec.ts'
import { FRAME } from '../linux/control/frames.ts'
import type { Limits } from '../port.ts'
import type { EngineClient } from './client.ts'
import type { ContainerPlan, Mount } from './container-config.ts'
import { type ContainerState, lastWords, lookAt, removeContainer, startContainer } from './containers.ts'
import { type Door, openDoor } from './door.ts'
import type { ImageInfo } from './images.ts'
import { initCommand } from './kit-mounts.ts'
import { openMeeting } from './meeting.ts'

const LOOK_MS = 200
const TELL_MS = 5_000
/** A check that never comes to an end, however often it may be tried. */
const HEALTHY_MS = 15 * 60_000
const HELPER_START_MS = 30_000
const WORDS = 50

/** What one service is started with. */
export interface ServiceInput {
  client: EngineClient
  /** Its name under `services`. */
  id: string
  /** Of the containers. */
  name: string
  spec: ContainerSpec
  image: ImageInfo
  ports: readonly number[]
  plan: Omit<ContainerPlan, 'mounts'>
  mounts: Mount[]
  kit: Mount[]
  /** For the sockets between it and us. */
  folder: string
  answerMs: number
  signal?: AbortSignal
  onProgress(line: string): void
}

/** A service and the way to its ports. */
export interface StartedService extends RunningService {
  openDoor(path: string, port: number): Promise<Door>
  close(): Promise<void>
}

/** Starts it, joins its network with a helper of ours, and waits until it is well. */
export async function startService(input: ServiceInput): Promise<StartedService> {
  const { client, name, plan, mounts, signal } = input
  const id = await startContainer(client, name, { ...plan, mounts }, signal)
  let helper: Helper | undefined
  try {
    helper = await startHelper(input, id)
    await healthy(input, id)
    const seen = await listening(helper)
    const ports = [...new Set([...input.ports, ...input.image.ports, ...seen])].sort((a, b) => a - b)
    const joined = helper
    return {
      id,
      network: `container:${id}`,
      ports,
      openDoor: (path, port) => openDoor(path, () => joined.call(port)),
      async close() {
        await joined.close()
        await removeContainer(client, id)
      },
    }
  } catch (error) {
    await helper?.close()
    await removeContainer(client, id)
    throw error
  }
}

interface Helper {
  host: ExecHost
  call(port: number): ReturnType<Awaited<ReturnType<typeof openMeeting>>['call']>
  close(): Promise<void>
}

const helperLimits: Pick<Limits, 'memoryBytes' | 'pids' | 'cpus'> = {
  memoryBytes: 256 << 20,
  pids: 32,
  cpus: 1,
}

/** Our init in the network of the service and nothing else of it: it leads calls to ports there. */
async function startHelper(input: ServiceInput, serviceId: string): Promise<Helper> {
  const { client, plan, name, folder, answerMs, kit } = input
  const meeting = await openMeeting(folder)
  let containerId: string | undefined
  try {
    const waiting = meeting.control(HELPER_START_MS)
    waiting.catch(() => {})
    containerId = await startContainer(client, `${name}-port`, {
      image: input.image.id,
      entrypoint: initCommand({
        detached: false,
        host: '/run/signalbox/host',
        egress: null,
        slots: [],
        log: null,
      }),
      command: [],
      env: {},
      labels: plan.labels,
      mounts: [...kit, { source: folder, target: '/run/signalbox/host', readOnly: true }],
      limits: helperLimits,
      network: `container:${serviceId}`,
      user: '65534:65534',
      workdir: '/',
      readOnly: true,
      health: { none: true },
      init: false,
      bare: true,
    })
    const own = containerId
    const control = await Promise.race([waiting, serviceEnds(input, serviceId)])
    const host = helperHost(control, answerMs)
    return {
      host,
      call: (port) =>
        meeting.call((token) => ask(host, { type: FRAME.bridge, payload: { token, port, slot: 0 } })),
      async close() {
        await removeContainer(client, own)
        control.close()
        await meeting.close()
      },
    }
  } catch (error) {
    if (containerId !== undefined) await removeContainer(client, containerId)
    await meeting.close()
    // A service that ended at once took its network with it: that says more.
    const state = await lookAt(client, serviceId)
    if (!state?.running) throw await fallen(input, serviceId, state)
    throw error
  }
}

function helperHost(control: ControlClient, answerMs: number): ExecHost {
  return {
    control,
    env: {},
    detached: false,
    answerMs,
    ranOutOfMemory: () => Promise.resolve(false),
    condemn: () => control.close(),
    exceededDisk: () => false,
    isEnding: () => false,
  }
}

/** Rejects when the service ends while its helper is awaited. */
async function serviceEnds(input: ServiceInput, id: string): Promise<never> {
  for (;;) {
    const state = await lookAt(input.client, id)
    if (!state?.running) throw await fallen(input, id, state)
    await pause(LOOK_MS, input.signal)
  }
}

async function healthy(input: ServiceInput, id: string): Promise<void> {
  const began = Date.now()
  let told = began
  for (;;) {
    const state = await lookAt(input.client, id)
    if (!state?.running || state.health === 'unhealthy') throw await fallen(input, id, state)
    if (state.health === 'healthy' || state.health === 'none' || state.health === '') {
      const how = state.health === 'healthy' ? 'is healthy' : 'runs'
      input.onProgress(`Service ${input.id} ${how} after ${((Date.now() - began) / 1000).toFixed(1)} s`)
      return
    }
    if (Date.now() - began > HEALTHY_MS) throw await fallen(input, id, state)
    if (Date.now() - told >= TELL_MS) {
      told = Date.now()
      const said = state.healthSaid === '' ? '' : `: ${state.healthSaid.split('\n', 1)[0]?.slice(0, 200)}`
      input.onProgress(`Waiting for ${input.id}, ${Math.round((told - began) / 1000)} s${said}`)
    }
    await pause(LOOK_MS, input.signal)
  }
}

/** Tells the last words of a service that will not do, and what became of it. */
async function fallen(input: ServiceInput, id: string, state: ContainerState | undefined): Promise<Failure> {
  const words = state ? await lastWords(input.client, id, WORDS).catch(() => []) : []
  if (words.length > 0) input.onProgress(`Last lines of ${input.id}:`)
  for (const line of words) input.onProgress(`  ${line}`)
  if (state?.running) {
    const said = state.healthSaid === '' ? '' : `; its check said: ${state.healthSaid.slice(-500)}`
    return new Failure('service-unhealthy', `the service ${input.id} did not become healthy${said}`, {
      hint: 'Look at its last lines above, and at --health-cmd, --health-retries and --health-start-period under options.',
    })
  }
  const how = state?.ranOutOfMemory ? 'ran out of memory' : `ended with exit code ${state?.exitCode ?? '?'}`
  return new Failure('service-ended', `the service ${input.id} ${how}`, {
    hint: 'Look at its last lines above.',
  })
}

const LISTEN = '0A'

/** TCP ports that are open in its network, as proc(5) tells; none where that cannot be read. */
async function listening({ host }: Helper): Promise<number[]> {
  const found: number[] = []
  for (const file of ['tcp', 'tcp6']) {
    let text = ''
    const maxBytes = 1 << 20
    const payload = { path: `/proc/1/net/${file}`, maxBytes }
    const onChunk = (chunk: Buffer): void => {
      text += chunk.toString('latin1')
    }
    await ask(host, { type: FRAME.read, payload, maxBytes, onChunk }).catch(() => undefined)
    for (const line of text.split('\n').slice(1)) {
      const [, local = '', , state] = line.trim().split(/\s+/)
      if (state === LISTEN) found.push(Number.parseInt(local.split(':').at(-1) ?? '', 16))
    }
  }
  return [...new Set(found)].filter((port) => port > 0).slice(0, 32)
}

/** Waits, or throws why it is stopped. */
async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted()
  await new Promise((resolve) => setTimeout(resolve, ms))
  signal?.throwIfAborted()
}
