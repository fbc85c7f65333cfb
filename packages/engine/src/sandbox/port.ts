/**
 * The sandbox port. A sandbox is one isolated process tree with its own network, PIDs, mounts and users
 * in which everything runs that a repository or an agent can influence: one for each job and each release.
 *
 * Order of calls: `probe` once at start; `create`; any number of `exec`, `spawn`, `publish`, `writeFile`,
 * `readFile` (side by side if wished); `destroy`. `snapshot` seals the workspace as a layer and needs a
 * sandbox in which nothing runs. `destroy` is idempotent, may be called at any time, ends every running
 * `exec` with `killedBy: 'cancel'`, and resolves only when the whole process tree is gone.
 *
 * A sandbox that is `detached` outlives the process that created it (releases): `attach` finds it again.
 */

/** Whether a limit or a separation is enforced on this machine, by what, or why not. */
export interface Enforcement {
  enforced: boolean
  /** What enforces it (`cgroup v1`, `prlimit --as`, `network namespace`) or why nothing does. */
  how: string
}

/** What a provider can do here, found by running a canary, never assumed. */
export interface Capabilities {
  provider: string
  available: boolean
  /** When not available: what is missing and what to install, in one sentence for a person. */
  reason?: string
  version?: string
  memory: Enforcement
  pids: Enforcement
  cpu: Enforcement
  disk: Enforcement
  network: Enforcement
  /** Each sandbox under a user id of its own on the host (needs root). */
  ownUser: Enforcement
  /** System calls that no job needs and that have let programs out before are refused (seccomp). */
  syscalls: Enforcement
  overlay: Enforcement
}

export interface Limits {
  memoryBytes: number
  pids: number
  /** 1 is one whole core. */
  cpus: number
  diskBytes: number
}

/** `none`: no way out at all. `egress`: only the proxy at this unix socket, reached inside as HTTP_PROXY. */
export type NetworkMode = { mode: 'none' } | { mode: 'egress'; proxySocket: string }

/** Sockets of this machine that lead to services of a job, and where a sandbox listens for them on its own loopback. */
export interface ServiceDoors {
  /** Holds the sockets; seen read-only at /run/signalbox/services. */
  folder: string
  listen: Array<{ address: string; port: number; socket: string }>
}

export interface SandboxSpec {
  /** Unique; also the name of its folder and cgroup: `[a-z0-9-]{1,64}`. */
  id: string
  /** Sandboxes of one owner are reaped together after its crash. */
  ownerId: string
  limits: Limits
  network: NetworkMode
  /** The whole environment inside; nothing of the host's is added but PATH, HOME and the proxy's names. */
  env: Record<string, string>
  /** Read-only layers under the workspace, lowest first: folders made by `snapshot`. */
  layers: string[]
  /** A folder of the host, made by whoever runs Signalbox, that is seen read-only at /opt/tools; its programs are on the PATH. */
  toolsFolder?: string
  /** Services that are reached on the loopback inside. */
  doors?: ServiceDoors
  /** Outlives its creator; `attach` takes it up again. */
  detached: boolean
}

export interface ExecOptions {
  /** Absolute path inside, or relative to /workspace (the default). */
  cwd?: string
  /** Added to the sandbox's own. */
  env?: Record<string, string>
  timeoutMs?: number
  signal?: AbortSignal
  stdin?: string | Uint8Array | AsyncIterable<Uint8Array>
  /** Called with bytes as they come; the next read waits for a returned promise (back-pressure). */
  onOutput?: (stream: 'stdout' | 'stderr', chunk: Uint8Array) => void | Promise<void>
}

/** As the reason of an aborted signal: the process is asked to end and has so long before its tree is killed. */
export interface GentleStop {
  graceMs: number
}

export interface ExecResult {
  /** null when a signal ended it. */
  code: number | null
  signal?: string
  /** `disk`: more was written than the sandbox may; the whole sandbox has ended. */
  killedBy?: 'timeout' | 'cancel' | 'oom' | 'disk' | 'sandbox-lost'
}

/** A process that goes on running beside later `exec` calls, until `stop` or `destroy`. */
export interface Service {
  readonly exited: Promise<ExecResult>
  stop(graceMs?: number): Promise<ExecResult>
}

/** A port inside, reachable outside without giving the sandbox a network. */
export interface PublishedPort {
  /** Unix socket on the host that bridges to 127.0.0.1:port inside. Lives as long as the sandbox. */
  socketPath: string
  /** Opens a loopback TCP listener for the socket, for browsers and tools; closed with `close`. */
  listen(): Promise<{ url: string; port: number }>
  close(): Promise<void>
}

export interface Sandbox {
  readonly id: string
  /** The workspace as the host sees it, for reading by trusted code after the tree is dead. */
  readonly workspacePath: string
  /** How the engine's own Node is started inside; its path alone by default. */
  readonly nodeArgv?: readonly string[]
  /** What runs inside calls a path by this name; undefined where each path is what it is. */
  seenAt?(path: string): string
  exec(argv: string[], options?: ExecOptions): Promise<ExecResult>
  spawn(argv: string[], options?: ExecOptions): Promise<Service>
  /** Writes below the sandbox, as its user, never following links out of it. Path absolute inside. */
  writeFile(path: string, data: string | Uint8Array, options?: { mode?: number }): Promise<void>
  /** Reads a regular file; refuses links, anything outside, and more than maxBytes. Undefined if absent. */
  readFile(path: string, options: { maxBytes: number }): Promise<Uint8Array | undefined>
  /** Unpacks a tar stream into a folder inside, as the sandbox's user. */
  putArchive(tar: AsyncIterable<Uint8Array>, dest: string): Promise<void>
  /** A tar stream of a folder inside, cut off with an error beyond maxBytes. */
  getArchive(path: string, options: { maxBytes: number }): AsyncIterable<Uint8Array>
  publish(port: number): Promise<PublishedPort>
  /** Makes folders and empty files at once, as its user; undefined where that takes a command inside. */
  prepare?(folders: readonly string[], files: readonly string[]): void
  /** Ends the sandbox and seals its workspace as a read-only layer; returns the layer's folder. */
  snapshot(key: string): Promise<string>
  destroy(): Promise<void>
  /** Resolves when the sandbox's tree has ended, for whatever reason. */
  readonly ended: Promise<void>
}

export interface SandboxProvider {
  readonly name: string
  /** Isolates nothing: never picked unless named, and only for trusted runs. */
  readonly unsafe?: boolean
  /**
   * What runs in the sandbox with this id calls a path by this name. Undefined where each path is what it is; a
   * provider without mounts of its own has other folders for /workspace and /tmp/signalbox. Its sandboxes take the
   * port's paths all the same, also where an argument or a variable begins with one.
   */
  seenAt?(id: string, path: string): string
  probe(): Promise<Capabilities>
  create(spec: SandboxSpec, signal?: AbortSignal): Promise<Sandbox>
  /** A detached sandbox that still runs, by its id; undefined when it is gone. */
  attach(id: string): Promise<Sandbox | undefined>
  findSnapshot(key: string): Promise<string | undefined>
  deleteSnapshot(key: string): Promise<void>
  /** Ends what a crashed owner left, detached ones not included; returns how many. */
  reapOrphans(ownerId: string): Promise<number>
}
