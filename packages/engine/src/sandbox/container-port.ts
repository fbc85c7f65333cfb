import type { Limits, Sandbox, SandboxSpec, ServiceDoors } from './port.ts'

/** How a container says that it is ready; what is missing comes from its image. Times in milliseconds. */
export interface HealthCheck {
  /** Run by the shell of the image. */
  command?: string
  /** The check of the image is not wanted. */
  none?: boolean
  intervalMs?: number
  timeoutMs?: number
  startPeriodMs?: number
  retries?: number
}

/** One container, with nothing left to evaluate and nothing that reaches out of it. */
export interface ContainerSpec {
  image: string
  /** For the registry; handed to the engine in a header, never stored. */
  credentials?: { username: string; password: string }
  env: Record<string, string>
  labels: Record<string, string>
  /** Words in place of those of the image; of services only. */
  entrypoint?: string[]
  command?: string[]
  /** By name, shared by the containers of the job; without one of its own. They go with the job. */
  volumes: Array<{ name?: string; path: string; readOnly: boolean }>
  tmpfs: Record<string, string>
  user?: string
  hostname?: string
  workdir?: string
  readOnly?: boolean
  capDrop: string[]
  shmBytes?: number
  /** At most those of the job, whatever stands here. */
  memoryBytes?: number
  cpus?: number
  pids?: number
  health?: HealthCheck
}

/** A service that runs and is healthy, as far as it says so. */
export interface RunningService {
  /** The engine's id of its container. */
  id: string
  /** The engine's word for its network: another container that joins it shares its loopback. */
  network: string
  /** TCP ports on which it listens: those of its image, of the workflow, and those that it was seen to have open. */
  ports: number[]
}

/** What containers of one job share. `close` ends and removes them all, volumes included; it may be called twice. */
export interface ContainerJob {
  /** Pulls, starts and awaits one service. Throws `service-unhealthy` or `service-ended` after its last words were told. */
  startService(id: string, spec: ContainerSpec, ports: readonly number[]): Promise<RunningService>
  /** A way to a port of a service, as a socket that a sandbox of the job can be given. */
  openDoor(serviceId: string, port: number): Promise<string>
  /** The folder of those sockets. */
  readonly doorsFolder: string
  /** A sandbox in a container: the job's own. */
  createSandbox(
    spec: SandboxSpec,
    container: ContainerSpec,
    services: { doors?: ServiceDoors; hosts: Array<{ name: string; address: string }> },
  ): Promise<{ sandbox: Sandbox; id: string; network: string }>
  close(): Promise<void>
}

/** Whether containers can run here, and why not. */
export interface EngineState {
  available: boolean
  /** `Docker 28.2.2`. */
  version?: string
  /** When not available: what is missing, in one sentence, and what to do. */
  reason?: string
  hint?: string
}

/** A container engine of this machine. */
export interface ContainerEngine {
  /** Asked anew each time; never throws. */
  probe(): Promise<EngineState>
  openJob(job: {
    /** Unique, as that of a sandbox. */
    id: string
    ownerId: string
    limits: Limits
    signal?: AbortSignal
    /** What happens, for the log of the job. */
    onProgress(line: string): void
  }): Promise<ContainerJob>
  /** Removes what a crashed owner left; returns how many containers. */
  reapOrphans(ownerId: string): Promise<number>
}
