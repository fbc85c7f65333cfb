import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { z } from 'zod'

const positive = (fallback: number) => z.coerce.number().positive().default(fallback)

/** Everything that the environment decides, parsed once at start. */
const Environment = z.object({
  PORT: z.coerce.number().int().min(1).max(65535).default(3000),
  SIGNALBOX_INGRESS_PORT: z.coerce.number().int().min(1).max(65535).optional(),
  SIGNALBOX_DATA_DIR: z.string().min(1).optional(),
  DATABASE_URL: z.string().min(1).optional(),
  MAX_CONCURRENT_VALIDATIONS: z.coerce.number().int().min(1).max(1000).default(5),
  AUTO_CLEANUP_HOURS: positive(24),
  SIGNALBOX_SANDBOX: z.enum(['bubblewrap', 'unshare']).optional(),
  SIGNALBOX_WORKER_SLOTS: z.coerce.number().int().min(1).max(256).default(8),
  SIGNALBOX_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
  XDG_DATA_HOME: z.string().optional(),
})

export interface Config {
  port: number
  ingressPort: number
  dataDir: string
  /** Undefined: the embedded PostgreSQL of the data folder. */
  databaseUrl: string | undefined
  maxConcurrentValidations: number
  autoCleanupHours: number
  sandbox: 'bubblewrap' | 'unshare' | undefined
  workerSlots: number
  logLevel: 'debug' | 'info' | 'warn' | 'error'
}

/** Root keeps its data in /var/lib/signalbox, where the database's own account can reach it. */
function defaultDataDir(xdg: string | undefined): string {
  if (process.getuid?.() === 0) return '/var/lib/signalbox'
  return join(xdg ?? join(homedir(), '.local', 'share'), 'signalbox')
}

/** Reads the environment; an Error that names each wrong variable when one does not parse. */
export function readConfig(env: NodeJS.ProcessEnv): Config {
  const parsed = Environment.safeParse(env)
  if (!parsed.success) {
    const wrong = parsed.error.issues.map(
      (issue) => `${issue.path.join('.')}=${env[issue.path.join('.')] ?? ''}: ${issue.message}`,
    )
    throw new Error(`These environment variables are not usable:\n  ${wrong.join('\n  ')}`)
  }
  const e = parsed.data
  return {
    port: e.PORT,
    ingressPort: e.SIGNALBOX_INGRESS_PORT ?? e.PORT + 1,
    dataDir: resolve(e.SIGNALBOX_DATA_DIR ?? defaultDataDir(e.XDG_DATA_HOME)),
    databaseUrl: e.DATABASE_URL,
    maxConcurrentValidations: e.MAX_CONCURRENT_VALIDATIONS,
    autoCleanupHours: e.AUTO_CLEANUP_HOURS,
    sandbox: e.SIGNALBOX_SANDBOX,
    workerSlots: e.SIGNALBOX_WORKER_SLOTS,
    logLevel: e.SIGNALBOX_LOG_LEVEL,
  }
}
