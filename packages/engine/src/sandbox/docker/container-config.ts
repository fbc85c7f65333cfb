import type { HealthCheck } from '../container-port.ts'
import type { Limits } from '../port.ts'

/**
 * What programs of images need to change users and own files, and no more: no raw sockets, no devices, no tracing of
 * others. capabilities(7).
 */
const CAPABILITIES = [
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'NET_BIND_SERVICE',
  'SETGID',
  'SETUID',
  'SYS_CHROOT',
]

/** A folder or socket of the machine in a container. */
export interface Mount {
  source: string
  target: string
  readOnly: boolean
  /** By default a path of this machine; else the name of a volume of the engine. */
  volume?: boolean
}

/** All that the engine is told about one container. */
export interface ContainerPlan {
  image: string
  /** undefined: those of the image. */
  entrypoint?: readonly string[]
  command?: readonly string[]
  env: Record<string, string>
  labels: Record<string, string>
  mounts: readonly Mount[]
  limits: Pick<Limits, 'memoryBytes' | 'pids' | 'cpus'>
  /** `none`, or that of another container. */
  network: 'none' | `container:${string}`
  user?: string
  hostname?: string
  workdir?: string
  /** Names in /etc/hosts. */
  hosts?: ReadonlyArray<{ name: string; address: string }>
  tmpfs?: Record<string, string>
  shmBytes?: number
  readOnly?: boolean
  capDrop?: readonly string[]
  health?: HealthCheck
  /** A first process that reaps what is left behind, where the machine has one. */
  init: boolean
  /** No capability at all: for programs of ours. */
  bare?: boolean
}

const NANO = 1e6

/** The body of `POST /containers/create`. Pure. */
export function containerConfig(plan: ContainerPlan): Record<string, unknown> {
  const { limits } = plan
  const own = plan.network === 'none'
  return {
    Image: plan.image,
    ...(plan.entrypoint && { Entrypoint: plan.entrypoint }),
    ...(plan.command && { Cmd: plan.command }),
    Env: Object.entries(plan.env).map(([name, value]) => `${name}=${value}`),
    Labels: plan.labels,
    ...(plan.user !== undefined && { User: plan.user }),
    ...(plan.workdir !== undefined && { WorkingDir: plan.workdir }),
    ...(own && { Hostname: plan.hostname ?? 'sbx' }),
    ...(plan.health && { Healthcheck: healthcheck(plan.health) }),
    Tty: false,
    OpenStdin: false,
    HostConfig: {
      NetworkMode: plan.network,
      Privileged: false,
      CapDrop: ['ALL'],
      CapAdd: plan.bare
        ? []
        : CAPABILITIES.filter((name) => !plan.capDrop?.some((gone) => gone === name || gone === 'ALL')),
      SecurityOpt: ['no-new-privileges'],
      Memory: limits.memoryBytes,
      MemorySwap: limits.memoryBytes,
      PidsLimit: limits.pids,
      NanoCpus: Math.floor(limits.cpus * 1e9),
      Init: plan.init,
      ReadonlyRootfs: plan.readOnly ?? false,
      IpcMode: 'private',
      ...(plan.shmBytes !== undefined && { ShmSize: plan.shmBytes }),
      ...(own && { ExtraHosts: (plan.hosts ?? []).map(({ name, address }) => `${name}:${address}`) }),
      Tmpfs: plan.tmpfs ?? {},
      Mounts: plan.mounts.map(({ source, target, readOnly, volume }) => ({
        Type: volume ? 'volume' : 'bind',
        Source: source,
        Target: target,
        ReadOnly: readOnly,
      })),
      LogConfig: { Type: 'json-file', Config: { 'max-size': '8m', 'max-file': '1' } },
      RestartPolicy: { Name: 'no' },
    },
  }
}

/** Docker's own defaults where nothing is said: every 30 s, 30 s long, three times. */
function healthcheck(health: HealthCheck): Record<string, unknown> {
  if (health.none) return { Test: ['NONE'] }
  return {
    ...(health.command !== undefined && { Test: ['CMD-SHELL', health.command] }),
    ...(health.intervalMs !== undefined && { Interval: health.intervalMs * NANO }),
    ...(health.timeoutMs !== undefined && { Timeout: health.timeoutMs * NANO }),
    ...(health.startPeriodMs !== undefined && { StartPeriod: health.startPeriodMs * NANO }),
    ...(health.retries !== undefined && { Retries: health.retries }),
  }
}
