import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { databaseUrlOf } from './config/database-url.ts'
import { Environment, variables } from './config/environment.ts'

/** Where blobs are kept in S3; the credentials are never logged. */
export interface S3Config {
  bucket: string
  endpoint: string | undefined
  region: string
  /** Empty, or words that end in a slash. */
  prefix: string
  pathStyle: boolean
  /** Undefined: as the AWS libraries find them. */
  credentials: { accessKeyId: string; secretAccessKey: string } | undefined
}

export interface Config {
  host: string
  /** Without a slash at its end. */
  publicUrl: string | undefined
  corsOrigins: string[]
  /** Undefined: no https of our own. */
  tls: { certFile: string; keyFile: string; port: number } | undefined
  trustedProxies: string[]
  port: number
  ingressPort: number
  dataDir: string
  /** Undefined: the embedded PostgreSQL of the data folder. Holds the password: never logged. */
  databaseUrl: string | undefined
  databasePoolMax: number
  databaseStatementTimeoutMs: number
  databaseConnectTimeoutMs: number
  /** Undefined: the file that `masterKeyFile` names, or the generated one of the data folder. Never logged. */
  masterKey: string | undefined
  masterKeyFile: string | undefined
  /** Undefined: blobs stand in the data folder. */
  s3: S3Config | undefined
  /** Undefined: this worker stands beside its server. */
  serverUrl: string | undefined
  maxConcurrentValidations: number
  /** A run in progress without a sign for so long is failed. */
  stuckRunMinutes: number
  autoCleanupHours: number
  /** So long after its end the log of a job leaves the database. */
  logsToBlobsAfterSeconds: number
  /** No new job is taken with less free space in the data folder. */
  minFreeBytes: number
  maxPushBytes: number
  sandbox: 'bubblewrap' | 'unshare' | 'host' | undefined
  /** Requests per minute; 0: no limit. */
  rateLimitPerMinute: number
  browserRateLimitPerMinute: number
  /** Of one person at the same time; 0: no limit. */
  maxLiveConnections: number
  maxShells: number
  workerSlots: number
  /** Where a worker gets actions of other repositories; `off`: from its folder alone. */
  actions: { dir: string | undefined; url: string }
  /** It takes turns of agents. */
  workerAgents: boolean
  /** What `runs-on` finds this worker by. */
  workerLabels: string | undefined
  workerGroup: string
  /** What turns of agents see at /opt/tools, when it is there. */
  agentsDir: string
  /** The servers of models that agents may ask, by name; a key is a secret. */
  models: Record<'anthropic' | 'openai' | 'gemini', ModelServer>
  /** What kept states of workspaces may take on this machine, and for how long unused ones stay. */
  snapshots: { maxBytes: number; days: number; failedHours: number }
  logLevel: 'debug' | 'info' | 'warn' | 'error'
  logFormat: 'auto' | 'json' | 'text'
  metricsTokenFile: string | undefined
  /** Undefined: a worker has no page of figures. */
  workerMetricsPort: number | undefined
}

/** A server of models; without key and address of its own there is none. */
export interface ModelServer {
  key: string | undefined
  baseUrl: string
  /** It can be asked: there is a key, or an address that wants none. */
  available: boolean
  /** Paths behind the address that agents may ask for beside inference. */
  extraPaths: string[]
}

/** Reads the environment; an Error that names each wrong variable when one does not parse. */
export function readConfig(env: NodeJS.ProcessEnv): Config {
  const parsed = Environment.safeParse(env)
  if (!parsed.success) {
    const wrong = parsed.error.issues.map((issue) => {
      const name = issue.path.join('.')
      const secret = variables().find((variable) => variable.name === name)?.secret
      return `${name}=${secret ? '…' : (env[name] ?? '')}: ${issue.message}`
    })
    throw new Error(`These environment variables are not usable:\n  ${wrong.join('\n  ')}`)
  }
  const e = parsed.data
  const dataDir = resolve(e.SIGNALBOX_DATA_DIR ?? defaultDataDir(e.XDG_DATA_HOME))
  return {
    host: e.SIGNALBOX_HOST,
    publicUrl: e.SIGNALBOX_PUBLIC_URL?.replace(/\/+$/, ''),
    corsOrigins: listOf(e.SIGNALBOX_CORS_ORIGINS),
    tls: tlsOf(e),
    trustedProxies: listOf(e.SIGNALBOX_TRUSTED_PROXIES),
    port: e.PORT,
    ingressPort: e.SIGNALBOX_INGRESS_PORT ?? e.PORT + 1,
    dataDir,
    databaseUrl: databaseUrlOf(e),
    databasePoolMax: e.DB_POOL_MAX,
    databaseStatementTimeoutMs: e.DB_STATEMENT_TIMEOUT_MS,
    databaseConnectTimeoutMs: e.DB_CONNECT_TIMEOUT_MS,
    ...masterKeyOf(e),
    s3: s3Of(e),
    serverUrl: e.SIGNALBOX_SERVER_URL?.replace(/\/+$/, ''),
    maxConcurrentValidations: e.MAX_CONCURRENT_VALIDATIONS,
    autoCleanupHours: e.AUTO_CLEANUP_HOURS,
    logsToBlobsAfterSeconds: e.SIGNALBOX_LOGS_TO_BLOBS_AFTER_SECONDS,
    stuckRunMinutes: e.SIGNALBOX_STUCK_RUN_MINUTES,
    minFreeBytes: e.SIGNALBOX_MIN_FREE_MB * 1024 * 1024,
    maxPushBytes: e.SIGNALBOX_MAX_PUSH_MB * 1024 * 1024,
    sandbox: e.SIGNALBOX_SANDBOX,
    rateLimitPerMinute: e.SIGNALBOX_RATE_LIMIT_PER_MINUTE,
    browserRateLimitPerMinute: e.SIGNALBOX_BROWSER_RATE_LIMIT_PER_MINUTE,
    maxLiveConnections: e.SIGNALBOX_MAX_LIVE_CONNECTIONS,
    maxShells: e.SIGNALBOX_MAX_SHELLS,
    workerSlots: e.SIGNALBOX_WORKER_SLOTS,
    actions: {
      dir: e.SIGNALBOX_ACTIONS_DIR && resolve(e.SIGNALBOX_ACTIONS_DIR),
      url: e.SIGNALBOX_ACTIONS_URL,
    },
    workerAgents: e.SIGNALBOX_WORKER_AGENTS === 'true',
    workerLabels: e.SIGNALBOX_WORKER_LABELS,
    workerGroup: e.SIGNALBOX_WORKER_GROUP,
    agentsDir: resolve(e.SIGNALBOX_AGENTS_DIR ?? join(dataDir, 'agents')),
    models: modelsOf(e),
    snapshots: {
      maxBytes: e.SIGNALBOX_SNAPSHOT_MAX_GB * 1e9,
      days: e.SIGNALBOX_SNAPSHOT_DAYS,
      failedHours: e.SIGNALBOX_FAILED_STATE_HOURS,
    },
    logLevel: e.SIGNALBOX_LOG_LEVEL,
    logFormat: e.SIGNALBOX_LOG_FORMAT,
    metricsTokenFile: e.SIGNALBOX_METRICS_TOKEN_FILE,
    workerMetricsPort: e.SIGNALBOX_WORKER_METRICS_PORT,
  }
}

function modelsOf(e: Environment): Config['models'] {
  const server = (name: string, key: string | undefined, baseUrl: string): ModelServer => ({
    key,
    baseUrl,
    available: key !== undefined,
    extraPaths: listOf(e.SIGNALBOX_MODEL_EXTRA_PATHS).flatMap((entry) =>
      entry.startsWith(`${name}:`) ? entry.slice(name.length + 1) : [],
    ),
  })
  const openai = server('openai', e.OPENAI_API_KEY, e.OPENAI_BASE_URL ?? 'https://api.openai.com/v1')
  return {
    anthropic: server('anthropic', e.ANTHROPIC_API_KEY, e.ANTHROPIC_BASE_URL),
    openai: { ...openai, available: openai.available || e.OPENAI_BASE_URL !== undefined },
    gemini: server('gemini', e.GEMINI_API_KEY, e.GOOGLE_GEMINI_BASE_URL),
  }
}

/** Root keeps its data in /var/lib/signalbox, where the database's own account can reach it. */
function defaultDataDir(xdg: string | undefined): string {
  if (process.getuid?.() === 0) return '/var/lib/signalbox'
  return join(xdg ?? join(homedir(), '.local', 'share'), 'signalbox')
}

/** Where the master key is; an Error when two places are named. */
function masterKeyOf(e: Environment): Pick<Config, 'masterKey' | 'masterKeyFile'> {
  const { SIGNALBOX_MASTER_KEY: masterKey, SIGNALBOX_MASTER_KEY_FILE: file } = e
  if (masterKey && file) {
    throw new Error('SIGNALBOX_MASTER_KEY and SIGNALBOX_MASTER_KEY_FILE both hold the master key: keep one.')
  }
  return { masterKey, masterKeyFile: file && resolve(file) }
}

/** The store of blobs; undefined without a bucket. An Error for settings of a store that is not named. */
function s3Of(e: Environment): S3Config | undefined {
  const { SIGNALBOX_S3_ACCESS_KEY_ID: accessKeyId, SIGNALBOX_S3_SECRET_ACCESS_KEY: secretAccessKey } = e
  if (Boolean(accessKeyId) !== Boolean(secretAccessKey)) {
    throw new Error(
      'SIGNALBOX_S3_ACCESS_KEY_ID and SIGNALBOX_S3_SECRET_ACCESS_KEY belong together: name both.',
    )
  }
  if (!e.SIGNALBOX_S3_BUCKET) {
    if (!e.SIGNALBOX_S3_ENDPOINT && !accessKeyId) return undefined
    throw new Error('Settings of S3 without SIGNALBOX_S3_BUCKET: name the bucket.')
  }
  const endpoint = e.SIGNALBOX_S3_ENDPOINT
  return {
    bucket: e.SIGNALBOX_S3_BUCKET,
    endpoint,
    region: e.SIGNALBOX_S3_REGION,
    prefix: e.SIGNALBOX_S3_PREFIX ? `${e.SIGNALBOX_S3_PREFIX}/` : '',
    pathStyle: e.SIGNALBOX_S3_PATH_STYLE ? e.SIGNALBOX_S3_PATH_STYLE === 'true' : endpoint !== undefined,
    credentials: accessKeyId && secretAccessKey ? { accessKeyId, secretAccessKey } : undefined,
  }
}

/** What stands between the commas. */
function listOf(text: string | undefined): string[] {
  return (text ?? '').split(',').flatMap((part) => part.trim() || [])
}

function tlsOf(e: Environment): Config['tls'] {
  const { SIGNALBOX_TLS_CERT_FILE: certFile, SIGNALBOX_TLS_KEY_FILE: keyFile } = e
  if (certFile === undefined && keyFile === undefined) return undefined
  if (certFile === undefined || keyFile === undefined) {
    throw new Error('SIGNALBOX_TLS_CERT_FILE and SIGNALBOX_TLS_KEY_FILE go together: set both.')
  }
  return { certFile: resolve(certFile), keyFile: resolve(keyFile), port: e.SIGNALBOX_TLS_PORT }
}

/** Who identity tokens are from: the address by which others reach the server, without a slash at its end. */
export function issuerOf(config: Pick<Config, 'publicUrl' | 'port' | 'serverUrl'>): string {
  return config.publicUrl ?? config.serverUrl ?? publicUrlOf(config)
}

/** Where people reach the dashboard, without a slash at the end. */
export function publicUrlOf(config: Pick<Config, 'publicUrl' | 'port'>): string {
  return config.publicUrl ?? `http://127.0.0.1:${config.port}`
}
