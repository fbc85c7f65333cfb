import { Failure } from '@signalbox/core/base/failure.ts'
import { refusedExitCode } from './boot/refused-exit-code.ts'
import { type Config, readConfig } from './config.ts'

type Command = (config: Config, args: string[]) => Promise<void>

/**
 * What runs on this machine itself; everything else of the CLI speaks to the API. Each is loaded when it is what
 * this process is: a supervisor that loaded the server would hold its memory for nothing.
 */
const commands: Record<string, () => Promise<Command>> = {
  async up() {
    const { up } = await import('./boot/up.ts')
    return (config, args) => up(config, { systemPackages: !args.includes('--no-system-packages') })
  },
  async server() {
    const [{ bootServer }, { runningDatabase }] = await Promise.all([
      import('./boot/server.ts'),
      import('./boot/database.ts'),
    ])
    return async (config) => await bootServer(config, await runningDatabase(config))
  },
  async worker() {
    const [{ bootWorker }, { runningDatabase }] = await Promise.all([
      import('./boot/worker.ts'),
      import('./boot/database.ts'),
    ])
    return async (config) => await bootWorker(config, await runningDatabase(config))
  },
  db: async () => (await import('./boot/database-command.ts')).databaseCommand,
  config: async () => (await import('./boot/config-command.ts')).configCommand,
  backup: async () => (await import('./boot/backup-command.ts')).backupCommand,
  restore: async () => (await import('./boot/backup-command.ts')).restoreCommand,
  doctor: async () => (await import('./boot/doctor.ts')).doctor,
}

const [name = 'up', ...args] = process.argv.slice(2)

try {
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (!command)
    throw new Failure('usage', `There is no command "${name}".`, { hint: 'See signalbox --help.' })
  await (await command())(readConfig(process.env), args)
  process.exit(process.exitCode ?? 0)
} catch (error) {
  const failure = error instanceof Failure ? error : undefined
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  if (failure?.hint) process.stderr.write(`${failure.hint}\n`)
  if (!failure && error instanceof Error && process.env['SIGNALBOX_LOG_LEVEL'] === 'debug') {
    process.stderr.write(`${error.stack}\n`)
  }
  process.exit(exitCode(failure))
}

/** Whoever keeps this process running learns whether another start is worth it. */
function exitCode(failure: Failure | undefined): number {
  if (failure?.code === 'usage') return 2
  return failure && !failure.retryable && process.env['SIGNALBOX_CHILD'] === '1' ? refusedExitCode : 1
}
