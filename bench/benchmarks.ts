import type { BenchResult } from './figures.ts'

/** A measurement that prints a ratio or a time beside its target. */
export interface Benchmark {
  /** The target, in words. */
  proves: string
  /** Loaded only when it runs: a browser and a database are slow to load. */
  run(): Promise<BenchResult>
}

/** All of them, by the name that `npm run bench -- NAME` takes. */
export const benchmarks: Record<string, Benchmark> = {
  steps: {
    proves: '100 trivial steps in one job cost at most 1.5 x the same commands spawned by Node',
    run: async () => (await import('./steps.ts')).steps(),
  },
  local: {
    proves: 'signalbox run without a server: at most half the time of gitlab-ci-local for 100 jobs',
    run: async () => (await import('./local.ts')).local(),
  },
  queue: {
    proves: 'queued to the first line of output: p50 under 150 ms',
    run: async () => (await import('./queue.ts')).queue(),
  },
  'log-latency': {
    proves: 'a line written in the sandbox to the line in the browser: p99 under 100 ms',
    run: async () => (await import('./log-latency.ts')).logLatency(),
  },
  viewers: {
    proves: '200 viewers of one log: the last sees a line at most 100 ms after the first',
    run: async () => (await import('./viewers.ts')).viewersBench(),
  },
  api: {
    proves: 'reads with 100k runs at 200 requests/s: at most 10 x the same select',
    run: async () => (await import('./api.ts')).api(),
  },
  growth: {
    proves: 'reads with 1,000,000 runs: p99 at most 1.5 x that with 10,000',
    run: async () => (await import('./growth.ts')).growth(),
  },
  recovery: {
    proves: 'work goes on after a kill -9 of worker, server or database: under 5 minutes',
    run: async () => (await import('./recovery.ts')).recovery(),
  },
  memory: {
    proves: 'memory of all processes of an idle installation, PostgreSQL included: under 500 MB',
    run: async () => (await import('./memory.ts')).memory(),
  },
  dashboard: {
    proves: 'the first load of the dashboard in a new browser: under 1 s, under 300 kB of script',
    run: async () => (await import('./dashboard.ts')).dashboard(),
  },
  forge: {
    proves: 'push and clone of a repository of 200 MB: the server grows by less than 64 MB',
    run: async () => (await import('./forge.ts')).forge(),
  },
  'log-storage': {
    proves: 'the log of a completed job as a blob: the database keeps at most 5 %, a page takes at most 5 x',
    run: async () => (await import('./log-storage.ts')).logStorage(),
  },
  deploy: {
    proves: 'a good deploy, a broken one and a rollback lose 0 of 200 requests/s',
    run: async () => (await import('./deploy.ts')).deploy(),
  },
  snapshot: {
    proves: 'a kept install is restored in under 50 ms, at least 100 x faster than the install',
    run: async () => (await import('./snapshot.ts')).snapshot(),
  },
  start: {
    proves: 'warm start to usable; the first click to "deployed" under 30 s',
    run: async () => (await import('./start.ts')).start(),
  },
}
