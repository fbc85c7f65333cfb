import { Failure } from '@signalbox/core/base/failure.ts'
import type { Contexts } from '@signalbox/core/expressions/contexts.ts'
import type { WorkflowJob } from '@signalbox/core/workflow/model.ts'
import type { ContainerJob, RunningService } from '../../sandbox/container-port.ts'
import type { Sandbox, ServiceDoors } from '../../sandbox/port.ts'
import type { JobDependencies, JobRequest, Json } from '../port.ts'
import { sandboxSpec } from '../prepare-job.ts'
import { type EvaluatedContainer, evaluateContainer } from './container-specs.ts'

/** Where the steps of a job run, and what runs beside it. */
export interface JobPlace {
  sandbox: Sandbox
  /** For a sandbox that takes its place. */
  doors?: ServiceDoors
  /** `job.container` and `job.services`. */
  context: { container?: { [key: string]: Json }; services?: { [key: string]: Json } }
  /** Ends what runs beside it, when the sandbox is gone. */
  close(): Promise<void>
}

/** What a job wants beside the sandbox of the machine; undefined where that is all. */
export interface WantedContainers {
  container: EvaluatedContainer | undefined
  services: Array<EvaluatedContainer & { id: string }>
}

/** Reads what a job wants; images that come out empty are not wanted. Throws a Failure that names the key. */
export function wantedContainers(job: WorkflowJob, contexts: Contexts): WantedContainers | undefined {
  const container =
    job.container && named('container', () => job.container && evaluateContainer(job.container, contexts))
  const services = (job.services ?? []).flatMap((template) => {
    const one = named(`services.${template.id}`, () => evaluateContainer(template, contexts))
    return one ? [{ ...one, id: template.id }] : []
  })
  return container || services.length > 0 ? { container, services } : undefined
}

function named<T>(key: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    throw new Failure(error.code, `${key}: ${error.message}`, { hint: error.hint })
  }
}

/** A job in a container, or one with services. What the machine's own sandbox stands on is not for its image. */
export async function openContainerPlace(
  request: JobRequest,
  wanted: WantedContainers,
  { containers, provider }: Pick<JobDependencies, 'containers' | 'provider'>,
  { say, signal }: { say(line: string): void; signal: AbortSignal },
): Promise<JobPlace> {
  const what = wanted.container ? 'container' : 'services'
  const engine = await containers?.probe()
  if (!containers || !engine?.available) {
    const reason = engine?.reason ?? 'This machine was given none.'
    throw new Failure('container-engine-missing', `${what} needs a container engine. ${reason}`, {
      hint: engine?.hint ?? 'Install Docker (apt-get install docker.io) or Podman and start it.',
    })
  }
  say(`Containers by ${engine.version}`)
  const { id, ownerId, limits } = request
  const job = await containers.openJob({ id, ownerId, limits, signal, onProgress: say })
  try {
    return await open(job, { request, wanted, provider, signal, say })
  } catch (error) {
    await job.close()
    throw error
  }
}

interface Opening {
  request: JobRequest
  wanted: WantedContainers
  provider: JobDependencies['provider']
  signal: AbortSignal
  say(line: string): void
}

async function open(job: ContainerJob, opening: Opening): Promise<JobPlace> {
  const { request, wanted, provider, signal, say } = opening
  const running: Running[] = []
  for (const { id, spec, ports } of wanted.services) {
    say(`Starting the service ${id}: ${spec.image}`)
    const service = await job.startService(
      id,
      spec,
      ports.map(({ container }) => container),
    )
    running.push({ id, service, ports })
  }
  const close = () => job.close()
  if (!wanted.container) {
    const { doors, locals } = await localDoors(job, running)
    const sandbox = await provider.create(sandboxSpec(request, request.id, doors), signal)
    return { sandbox, doors, close, context: { services: servicesContext(running, locals) } }
  }
  const { doors, hosts } = await namedDoors(job, running)
  const { spec } = wanted.container
  say(`Starting the container of the job: ${spec.image}`)
  const { sandbox, id, network } = await job.createSandbox(sandboxSpec(request, request.id), spec, {
    doors,
    hosts,
  })
  return {
    sandbox,
    doors,
    close,
    context: {
      container: { id, network },
      services: servicesContext(running, new Map()),
    },
  }
}

interface Running {
  id: string
  service: RunningService
  ports: EvaluatedContainer['ports']
}

/** Ports of services on localhost: as written, else the same number where that is free, else another one. */
async function localDoors(
  job: ContainerJob,
  running: readonly Running[],
): Promise<{ doors: ServiceDoors; locals: Map<string, number> }> {
  const taken = new Map<number, string>()
  const locals = new Map<string, number>()
  const listen: ServiceDoors['listen'] = []
  const wishes = running.flatMap(({ id, ports }) => ports.map((port) => ({ id, ...port })))
  // Those that were named have the first choice.
  for (const { id, container, local } of wishes.toSorted((a, b) => Number(!a.local) - Number(!b.local))) {
    const other = local === undefined ? undefined : taken.get(local)
    if (other !== undefined)
      throw new Failure(
        'invalid-container',
        `services.${id}: the port ${local} is that of ${other} already`,
        {
          hint: 'Name another one before the colon.',
        },
      )
    const port = local ?? (taken.has(container) ? freeFrom(20_000, taken) : container)
    taken.set(port, id)
    locals.set(`${id}:${container}`, port)
    listen.push({ address: '127.0.0.1', port, socket: await job.openDoor(id, container) })
  }
  return { doors: { folder: job.doorsFolder, listen }, locals }
}

function freeFrom(first: number, taken: ReadonlyMap<number, string>): number {
  let port = first
  while (taken.has(port)) port++
  return port
}

/** Services by their names, each on an address of its own, so that two may have the same port. */
async function namedDoors(
  job: ContainerJob,
  running: readonly Running[],
): Promise<{ doors: ServiceDoors; hosts: Array<{ name: string; address: string }> }> {
  const hosts: Array<{ name: string; address: string }> = []
  const listen: ServiceDoors['listen'] = []
  for (const [index, { id, service }] of running.entries()) {
    const address = `127.0.${1 + Math.floor(index / 250)}.${1 + (index % 250)}`
    hosts.push({ name: id, address })
    for (const port of service.ports) listen.push({ address, port, socket: await job.openDoor(id, port) })
  }
  return { doors: { folder: job.doorsFolder, listen }, hosts }
}

function servicesContext(
  running: readonly Running[],
  locals: ReadonlyMap<string, number>,
): { [key: string]: Json } {
  return Object.fromEntries(
    running.map(({ id, service, ports }) => [
      id,
      {
        id: service.id,
        network: service.network,
        ports: Object.fromEntries(
          ports.map(({ container }) => [
            String(container),
            String(locals.get(`${id}:${container}`) ?? container),
          ]),
        ),
      },
    ]),
  )
}
