import { Failure } from '@signalbox/core/base/failure.ts'
import type {
  Capabilities,
  ExecOptions,
  ExecResult,
  Sandbox,
  SandboxProvider,
  SandboxSpec,
  Service,
} from './port.ts'

/** What a fake sandbox does for a command; undefined: it is not known, and that ends the test loudly. */
export type FakeCommand = (
  argv: string[],
  options: ExecOptions & { signal: AbortSignal },
  files: Map<string, Uint8Array>,
) => Promise<ExecResult> | ExecResult | undefined

/** A provider that isolates nothing and runs nothing; it keeps files in memory and takes orders. For tests only. */
export interface FakeProvider extends SandboxProvider {
  /** The next call of this method fails with this error. */
  failNext(
    method:
      | 'create'
      | 'exec'
      | 'spawn'
      | 'writeFile'
      | 'readFile'
      | 'publish'
      | 'snapshot'
      | 'destroy'
      | 'probe',
    error: Error,
  ): void
  /** Every call in order, `method id detail`. */
  readonly calls: string[]
  /** What the caller did against the port's protocol; a test asserts that it is empty. */
  readonly violations: string[]
  /** Ends a sandbox from inside, as a kill of its init would. */
  lose(id: string): void
  readonly living: ReadonlyMap<string, Sandbox>
}

/** Commands that a fake knows when it was not told any: true, false, echo, cat, sleep SECONDS. */
export async function plainCommand(
  argv: string[],
  options: ExecOptions & { signal: AbortSignal },
): Promise<ExecResult> {
  const [name, ...rest] = argv
  if (name === 'true') return { code: 0 }
  if (name === 'false') return { code: 1 }
  if (name === 'echo') await options.onOutput?.('stdout', Buffer.from(`${rest.join(' ')}\n`))
  else if (name === 'cat') {
    const { stdin = '' } = options
    const chunks =
      typeof stdin === 'string' ? [Buffer.from(stdin)] : stdin instanceof Uint8Array ? [stdin] : stdin
    for await (const chunk of chunks) await options.onOutput?.('stdout', chunk)
  } else if (name === 'sleep') {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, Number(rest[0]) * 1000)
      options.signal.addEventListener('abort', () => {
        clearTimeout(timer)
        resolve()
      })
    })
  } else {
    await options.onOutput?.('stderr', Buffer.from(`${name}: not known to the fake sandbox\n`))
    return { code: 127 }
  }
  return { code: 0 }
}

/** Makes a fake provider; `command` is asked first, then `plainCommand`. */
export function createFakeProvider(command?: FakeCommand): FakeProvider {
  const failures = new Map<string, Error>()
  const calls: string[] = []
  const violations: string[] = []
  const living = new Map<string, FakeSandbox>()
  const layers = new Map<string, Map<string, Uint8Array>>()
  const used = new Set<string>()

  function enter(method: string, id: string, detail = ''): void {
    calls.push(`${method} ${id} ${detail}`.trim())
    const error = failures.get(method)
    failures.delete(method)
    if (error) throw error
  }

  async function create(spec: SandboxSpec, signal?: AbortSignal): Promise<Sandbox> {
    signal?.throwIfAborted()
    enter('create', spec.id)
    if (!/^[a-z0-9-]{1,64}$/.test(spec.id))
      throw new Failure('sandbox-id', `"${spec.id}" is not a sandbox id.`)
    if (living.has(spec.id)) throw new Failure('sandbox-exists', `Sandbox ${spec.id} exists already.`)
    if (used.has(spec.id)) violations.push(`create ${spec.id}: the id was used before`)
    used.add(spec.id)
    const files = new Map<string, Uint8Array>()
    for (const layer of spec.layers) {
      const sealed = layers.get(layer)
      if (!sealed) throw new Failure('sandbox-layer-missing', `The layer ${layer} does not exist.`)
      for (const [path, data] of sealed) files.set(path, data)
    }
    const sandbox = createFakeSandbox({
      spec,
      files,
      command,
      enter,
      violations,
      layers,
      forget: () => living.delete(spec.id),
    })
    living.set(spec.id, sandbox)
    return sandbox
  }

  return {
    name: 'fake',
    calls,
    violations,
    living,
    failNext: (method, error) => void failures.set(method, error),
    lose: (id) => living.get(id)?.lose(),
    create,
    async probe() {
      enter('probe', 'fake')
      const not = { enforced: false, how: 'a fake isolates nothing' }
      const all = {
        memory: not,
        pids: not,
        cpu: not,
        disk: not,
        network: not,
        ownUser: not,
        syscalls: not,
        overlay: not,
      }
      return { provider: 'fake', available: true, ...all } satisfies Capabilities
    },
    async attach(id) {
      const sandbox = living.get(id)
      return sandbox?.spec.detached ? sandbox : undefined
    },
    findSnapshot: async (key) => (layers.has(`fake:${key}`) ? `fake:${key}` : undefined),
    deleteSnapshot: async (key) => void layers.delete(`fake:${key}`),
    async reapOrphans(ownerId) {
      const left = [...living.values()].filter(({ spec }) => spec.ownerId === ownerId && !spec.detached)
      for (const sandbox of left) await sandbox.destroy()
      return left.length
    },
  }
}

interface FakeSandbox extends Sandbox {
  readonly spec: SandboxSpec
  lose(): void
}

interface FakeParts {
  spec: SandboxSpec
  files: Map<string, Uint8Array>
  command: FakeCommand | undefined
  enter(method: string, id: string, detail?: string): void
  violations: string[]
  layers: Map<string, Map<string, Uint8Array>>
  forget(): void
}

function createFakeSandbox({
  spec,
  files,
  command,
  enter,
  violations,
  layers,
  forget,
}: FakeParts): FakeSandbox {
  const over = Promise.withResolvers<void>()
  const running = new Set<(why: ExecResult['killedBy']) => void>()
  let state: 'living' | 'ended' | 'lost' = 'living'

  function use(method: string, detail?: string): void {
    if (state === 'ended') {
      violations.push(`${method} ${spec.id}: after its end`)
      throw new Failure('sandbox-ended', `Sandbox ${spec.id} has ended.`)
    }
    enter(method, spec.id, detail)
    if (state === 'lost') throw new Failure('sandbox-lost', `Sandbox ${spec.id} ended before it answered.`)
  }

  function end(how: 'ended' | 'lost'): void {
    if (state === 'living') for (const stop of [...running]) stop(how === 'ended' ? 'cancel' : 'sandbox-lost')
    state = how
    over.resolve()
  }

  function start(
    argv: string[],
    options: ExecOptions,
  ): Service & { stopNow(why: ExecResult['killedBy']): void } {
    const abort = new AbortController()
    const ended = Promise.withResolvers<ExecResult>()
    let finished = false
    const finish = (result: ExecResult): void => {
      if (finished) return
      finished = true
      clearTimeout(timer)
      running.delete(stopNow)
      ended.resolve(result)
    }
    const stopNow = (why: ExecResult['killedBy']): void => {
      finish(why === undefined ? { code: null, signal: 'SIGTERM' } : { code: null, killedBy: why })
      abort.abort()
    }
    const timer =
      options.timeoutMs === undefined ? undefined : setTimeout(() => stopNow('timeout'), options.timeoutMs)
    running.add(stopNow)
    if (options.signal?.aborted) stopNow('cancel')
    options.signal?.addEventListener('abort', () => stopNow('cancel'), { once: true })
    const told = { ...options, signal: abort.signal }
    Promise.resolve(command?.(argv, told, files) ?? plainCommand(argv, told)).then(finish, (error) => {
      finished = true
      ended.reject(error)
    })
    ended.promise.catch(() => {})
    return {
      exited: ended.promise,
      stopNow,
      stop: async () => {
        stopNow(undefined)
        return await ended.promise
      },
    }
  }

  const absolute = (path: string): string => (path.startsWith('/') ? path : `/workspace/${path}`)
  const plain = (path: string): string => {
    if (path.split('/').includes('..')) throw new Failure('sandbox-path-refused', `"${path}" leads upwards.`)
    return absolute(path)
  }

  const sandbox: FakeSandbox = {
    id: spec.id,
    spec,
    workspacePath: `/nonexistent/${spec.id}`,
    ended: over.promise,
    lose: () => end('lost'),
    async exec(argv, options = {}) {
      use('exec', argv.join(' '))
      if (argv.length === 0) violations.push(`exec ${spec.id}: without a command`)
      return await start(argv, options).exited
    },
    async spawn(argv, options = {}) {
      use('spawn', argv.join(' '))
      return start(argv, options)
    },
    async writeFile(path, data) {
      use('writeFile', path)
      files.set(plain(path), typeof data === 'string' ? Buffer.from(data) : data)
    },
    async readFile(path, { maxBytes }) {
      use('readFile', path)
      const data = files.get(plain(path))
      if (data && data.byteLength > maxBytes)
        throw new Failure('sandbox-file-too-large', `${path} is too large.`)
      return data
    },
    async putArchive() {
      throw new Failure('sandbox-fake', 'The fake sandbox unpacks no archives.')
    },
    // biome-ignore lint/correctness/useYield: it refuses before it has anything to give.
    async *getArchive() {
      throw new Failure('sandbox-fake', 'The fake sandbox packs no archives.')
    },
    async publish(port) {
      use('publish', String(port))
      const socketPath = `/nonexistent/${spec.id}/p${port}.sock`
      return {
        socketPath,
        listen: async () => ({ url: 'http://127.0.0.1:9', port: 9 }),
        close: async () => {},
      }
    },
    async snapshot(key) {
      use('snapshot', key)
      if (running.size > 0) violations.push(`snapshot ${spec.id}: something still runs`)
      layers.set(`fake:${key}`, new Map([...files].filter(([path]) => path.startsWith('/workspace/'))))
      end('ended')
      forget()
      return `fake:${key}`
    },
    async destroy() {
      enter('destroy', spec.id)
      end('ended')
      forget()
    },
  }
  return sandbox
}
