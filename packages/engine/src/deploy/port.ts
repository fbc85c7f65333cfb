/** What runs: a sealed workspace, how to start it, and how to tell that it lives. */
export interface ReleaseSpec {
  /** `[a-z0-9-]{1,64}`; also the name of its sandbox. */
  id: string
  /** Sealed layers with the built tree, lowest first. */
  layers: string[]
  startCommand: string
  /** Port inside on which the app listens. */
  port: number
  /** Path for health checks, starting with `/`. */
  healthPath: string
  env: Record<string, string>
  limits: { memoryBytes: number; pids: number; cpus: number; diskBytes: number }
}

/** A release that was started: where the ingress reaches it. */
export interface StartedRelease {
  socketPath: string
}

export interface HealthResult {
  healthy: boolean
  /** `HTTP 200 in 3 ms`, `connection refused`, `HTTP 500`: for a person. */
  detail: string
  durationMs: number
}

/**
 * A place where releases run; the target owns a release from `start` on, and the release outlives the job,
 * the worker and the server. `start` is idempotent by id: a running one is found again, a dead one is started anew.
 * Several releases of one environment run side by side. Failure `release-exited` when the command ends at once.
 */
export interface DeployTarget {
  name: string
  start(spec: ReleaseSpec): Promise<StartedRelease>
  state(id: string): Promise<'running' | 'stopped' | 'missing'>
  check(spec: ReleaseSpec, timeoutMs: number): Promise<HealthResult>
  /** The last output of the release, at most maxBytes. */
  output(id: string, maxBytes: number): Promise<string>
  /** Ends the release; idempotent; resolves when its tree is gone. */
  stop(id: string): Promise<void>
  /** Deletes what a stopped release left. */
  remove(id: string): Promise<void>
}

/** What a host name serves: the release's socket, and counts since the route was set. */
export interface RouteStatus {
  host: string
  releaseId: string
  requests: number
  /** Answers of 500 and above, and upstreams that could not be reached. */
  errors: number
  open: number
}

/**
 * The ingress: its own process that keeps routing while everything else restarts. `setRoute` returns when
 * new requests go to the new release; `drained` resolves true when the old one has no open request left.
 */
export interface Ingress {
  /** Loopback address at which host names are served: `http://127.0.0.1:3001`. */
  address(): Promise<{ port: number }>
  setRoute(route: { host: string; releaseId: string; socketPath: string }): Promise<void>
  removeRoute(host: string): Promise<void>
  routes(): Promise<RouteStatus[]>
  drained(releaseId: string, timeoutMs: number): Promise<boolean>
}
