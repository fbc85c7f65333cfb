import { type ChildProcess, fork } from 'node:child_process'
import { Failure } from '@signalbox/core/base/failure.ts'
import { z } from 'zod'
import { databaseParts } from '../config/database-url.ts'
import { nodeArguments, serverMain } from './paths.ts'
import { refusedExitCode } from './refused-exit-code.ts'

const stopMs = 15_000

/** What a child wants the person at the terminal to read. */
const Told = z.object({ type: z.literal('say'), text: z.string() })

/** A child that is started again when it ends by itself. */
export interface KeptProcess {
  name: string
  /**
   * Resolves when the child says that it is ready for the first time. Failure `not-started`: it refused before, for
   * a reason that it printed and that another start would not mend.
   */
  ready: Promise<void>
  /** The child's process id now. */
  pid(): number | undefined
  /** Ends the child in good order; another one starts with what `env` holds by then. */
  restart(): void
  /** SIGTERM, then SIGKILL after 15 s; resolves when it is gone. */
  stop(): Promise<void>
}

/** Runs `main.ts NAME` and keeps it running with a growing pause between starts that fail at once. */
export function keepProcess(
  name: 'server' | 'worker',
  options: { env: Record<string, string>; say(text: string): void },
): KeptProcess {
  let child: ChildProcess
  let stopping = false
  let pauseMs = 100
  let exited: Promise<void> = Promise.resolve()
  const { promise: ready, resolve: markReady, reject: markRefused } = Promise.withResolvers<void>()
  let wasReady = false
  // Nobody need wait for a child.
  ready.catch(() => {})

  function start(): void {
    const startedAt = Date.now()
    child = fork(serverMain, [name], {
      execArgv: nodeArguments,
      // Under `up` a person reads along: only what is wrong, unless they asked for more.
      env: {
        SIGNALBOX_LOG_LEVEL: 'warn',
        ...withoutDatabase(process.env),
        ...options.env,
        SIGNALBOX_CHILD: '1',
      },
      // Its own group: Ctrl-C in the terminal reaches only `up`, which stops things in order.
      detached: true,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    child.on('message', (message) => {
      const told = Told.safeParse(message)
      if (told.success) options.say(told.data.text)
      else {
        wasReady = true
        markReady()
      }
    })
    exited = new Promise((resolve) => {
      child.on('exit', (code, signal) => {
        resolve()
        if (stopping) return
        if (code === refusedExitCode && !wasReady) {
          markRefused(
            new Failure('not-started', `The ${name} refuses to start, so nothing was left running.`),
          )
          return
        }
        pauseMs = Date.now() - startedAt > 10_000 ? 100 : Math.min(pauseMs * 2, 10_000)
        options.say(`The ${name} ended (${signal ?? `exit code ${code}`}); starting it again`)
        setTimeout(() => {
          if (!stopping) start()
        }, pauseMs)
      })
    })
  }

  start()
  return {
    name,
    ready,
    pid: () => child.pid,
    restart: () => void child.kill('SIGTERM'),
    async stop() {
      stopping = true
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), stopMs)
      await exited
      clearTimeout(timer)
    },
  }
}

/** The child is told its database as one address: what says it in parts would say it twice. */
function withoutDatabase(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const parts: readonly string[] = databaseParts
  return Object.fromEntries(Object.entries(env).filter(([name]) => !parts.includes(name)))
}
