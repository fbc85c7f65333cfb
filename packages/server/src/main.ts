import { Failure } from '@signalbox/core/base/failure.ts'
import { backupCommand, restoreCommand } from './boot/backup-command.ts'
import { configCommand } from './boot/config-command.ts'
import { runningDatabase } from './boot/database.ts'
import { databaseCommand } from './boot/database-command.ts'
import { doctor } from './boot/doctor.ts'
import { bootServer } from './boot/server.ts'
import { up } from './boot/up.ts'
import { bootWorker } from './boot/worker.ts'
import { type Config, readConfig } from './config.ts'

/** What runs on this machine itself; everything else of the CLI speaks to the API. */
const commands: Record<string, (config: Config, args: string[]) => Promise<void>> = {
  up: async (config, args) => await up(config, { systemPackages: !args.includes('--no-system-packages') }),
  server: async (config) => await bootServer(config, await runningDatabase(config)),
  worker: async (config) => await bootWorker(config, await runningDatabase(config)),
  db: databaseCommand,
  config: configCommand,
  backup: backupCommand,
  restore: restoreCommand,
  doctor,
}

const [name = 'up', ...args] = process.argv.slice(2)

try {
  const command = commands[name]
  if (!command)
    throw new Failure('usage', `There is no command "${name}".`, { hint: 'See signalbox --help.' })
  await command(readConfig(process.env), args)
  process.exit(process.exitCode ?? 0)
} catch (error) {
  const failure = error instanceof Failure ? error : undefined
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  if (failure?.hint) process.stderr.write(`${failure.hint}\n`)
  if (!failure && error instanceof Error && process.env['SIGNALBOX_LOG_LEVEL'] === 'debug') {
    process.stderr.write(`${error.stack}\n`)
  }
  process.exit(failure?.code === 'usage' ? 2 : 1)
}
