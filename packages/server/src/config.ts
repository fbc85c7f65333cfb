import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { z } from 'zod'

/** What docs/reference/configuration.md and `signalbox config` say of a variable. */
export interface About {
  group: 'Where it runs' | 'Database' | 'Secrets' | 'Blobs' | 'Work' | 'Models' | 'Disk' | 'Logs and metrics'
  text: string
  unit?: string
  /** In words, where the default is computed. */
  fallback?: string
  /** Never printed. */
  secret?: true
}

const about = z.registry<About>()
const port = z.coerce.number().int().min(1).max(65535)
const words = z.string().min(1)
const modelUrl = z.url({ protocol: /^https?$/ })

/** Everything that the environment decides, parsed once at start. Each variable says what it is for. */
const Environment = z.object({
  PORT: port
    .default(3000)
    .register(about, { group: 'Where it runs', text: 'The port of dashboard, API and git.' }),
  SIGNALBOX_INGRESS_PORT: port.optional().register(about, {
    group: 'Where it runs',
    text: 'The port on which releases are served.',
    fallback: '`PORT` + 1',
  }),
  SIGNALBOX_DATA_DIR: words.optional().register(about, {
    group: 'Where it runs',
    text: 'The data folder: an absolute path without comma, colon or backslash.',
    fallback: '`/var/lib/signalbox` for root, else `~/.local/share/signalbox`',
  }),
  XDG_DATA_HOME: z.string().optional().register(about, {
    group: 'Where it runs',
    text: 'Where the data folder of a user stands, when `SIGNALBOX_DATA_DIR` is not set.',
    fallback: '`~/.local/share`',
  }),
  DATABASE_URL: words.optional().register(about, {
    group: 'Database',
    text: 'An external PostgreSQL as `postgres://USER:PASSWORD@HOST:PORT/NAME`; `?sslmode=` and `sslrootcert=` are read. Not together with `DB_HOST` and its relatives.',
    fallback: 'the embedded PostgreSQL',
    secret: true,
  }),
  DB_HOST: words.optional().register(about, {
    group: 'Database',
    text: 'The host of an external PostgreSQL, or the folder of its unix socket.',
    fallback: 'the embedded PostgreSQL',
  }),
  DB_PORT: port.optional().register(about, { group: 'Database', text: 'Its port.', fallback: '5432' }),
  DB_NAME: words.optional().register(about, {
    group: 'Database',
    text: 'The database; Signalbox needs one of its own.',
    fallback: '`signalbox`',
  }),
  DB_USER: words.optional().register(about, {
    group: 'Database',
    text: 'The role, which owns the database.',
    fallback: '`signalbox`',
  }),
  DB_PASSWORD: words.optional().register(about, {
    group: 'Database',
    text: 'Its password.',
    fallback: 'none',
    secret: true,
  }),
  DB_PASSWORD_FILE: words.optional().register(about, {
    group: 'Database',
    text: 'A file that holds the password; not together with `DB_PASSWORD`.',
    fallback: 'none',
  }),
  DB_SSLMODE: z.enum(['disable', 'require', 'verify-ca', 'verify-full']).optional().register(about, {
    group: 'Database',
    text: '`verify-full` checks certificate and host name, `verify-ca` the certificate, `require` neither, `disable` sends everything in the clear.',
    fallback: '`disable` on loopback and sockets, else `verify-full`',
  }),
  DB_SSL_CA_FILE: words.optional().register(about, {
    group: 'Database',
    text: 'The authority that signed the certificate of the server, as PEM.',
    fallback: 'the authorities that Node knows',
  }),
  DB_SSL_CERT_FILE: words.optional().register(about, {
    group: 'Database',
    text: 'The certificate by which Signalbox signs in, as PEM.',
    fallback: 'none',
  }),
  DB_SSL_KEY_FILE: words.optional().register(about, {
    group: 'Database',
    text: 'The key of that certificate, as PEM.',
    fallback: 'none',
  }),
  DB_POOL_MAX: z.coerce.number().int().min(8).max(500).default(20).register(about, {
    group: 'Database',
    text: 'Connections of one process (server or worker) at most; its queue and its live events are among them.',
    unit: 'connections',
  }),
  DB_STATEMENT_TIMEOUT_MS: z.coerce.number().int().min(1000).max(600_000).default(30_000).register(about, {
    group: 'Database',
    text: 'After so long a statement is given up. Migrations and backups take the time that they take.',
    unit: 'milliseconds',
  }),
  DB_CONNECT_TIMEOUT_MS: z.coerce.number().int().min(500).max(120_000).default(10_000).register(about, {
    group: 'Database',
    text: 'After so long a connection that is not there, or a pool that has none free, is given up.',
    unit: 'milliseconds',
  }),
  SIGNALBOX_MASTER_KEY: words.optional().register(about, {
    group: 'Secrets',
    text: 'The master key of all secrets: 32 bytes as base64. After a rotation the new one first, then the earlier one after a comma.',
    fallback: 'the file `master-key` in the data folder, made at the first start',
    secret: true,
  }),
  SIGNALBOX_MASTER_KEY_FILE: words.optional().register(about, {
    group: 'Secrets',
    text: 'A file with mode 600 that holds it; not together with `SIGNALBOX_MASTER_KEY`.',
    fallback: 'none',
  }),
  SIGNALBOX_S3_BUCKET: words.optional().register(about, {
    group: 'Blobs',
    text: 'The bucket of an S3-compatible store in which blobs are kept; needed when workers run on several machines.',
    fallback: 'the folder `blobs` in the data folder',
  }),
  SIGNALBOX_S3_ENDPOINT: z.url().optional().register(about, {
    group: 'Blobs',
    text: 'The address of the store, for all but Amazon.',
    fallback: "Amazon's for the region",
  }),
  SIGNALBOX_S3_REGION: words
    .default('us-east-1')
    .register(about, { group: 'Blobs', text: 'The region of the bucket.' }),
  SIGNALBOX_S3_PREFIX: z
    .string()
    .regex(/^[a-z0-9._-]+(\/[a-z0-9._-]+)*$/, 'words of small letters, with slashes between')
    .optional()
    .register(about, {
      group: 'Blobs',
      text: 'Put before every key, where the bucket is shared with others.',
      fallback: 'none',
    }),
  SIGNALBOX_S3_PATH_STYLE: z.enum(['true', 'false']).optional().register(about, {
    group: 'Blobs',
    text: 'Whether the bucket stands in the path of an address and not in its host name.',
    fallback: '`true` with an endpoint of your own',
  }),
  SIGNALBOX_S3_ACCESS_KEY_ID: words.optional().register(about, {
    group: 'Blobs',
    text: 'The id of the access key.',
    fallback: '`AWS_ACCESS_KEY_ID`',
  }),
  SIGNALBOX_S3_SECRET_ACCESS_KEY: words.optional().register(about, {
    group: 'Blobs',
    text: 'The access key.',
    fallback: '`AWS_SECRET_ACCESS_KEY`',
    secret: true,
  }),
  MAX_CONCURRENT_VALIDATIONS: z.coerce.number().int().min(1).max(1000).default(5).register(about, {
    group: 'Work',
    text: 'Validation runs at the same time; further ones wait.',
    unit: 'runs',
  }),
  SIGNALBOX_WORKER_SLOTS: z.coerce
    .number()
    .int()
    .min(1)
    .max(256)
    .default(8)
    .register(about, { group: 'Work', text: 'Jobs of one worker at the same time.', unit: 'jobs' }),
  SIGNALBOX_SERVER_URL: z.url().optional().register(about, {
    group: 'Work',
    text: 'Makes a worker one of another machine: where it fetches repositories. It takes no deployments.',
    fallback: 'the repositories of the data folder',
  }),
  SIGNALBOX_SANDBOX: z.enum(['bubblewrap', 'unshare']).optional().register(about, {
    group: 'Work',
    text: 'The sandbox provider to use.',
    fallback: 'the first that works',
  }),
  ANTHROPIC_API_KEY: words.optional().register(about, {
    group: 'Models',
    text: 'The key for Anthropic. Added to the requests of agents outside their sandboxes, as all keys here.',
    fallback: 'none',
    secret: true,
  }),
  ANTHROPIC_BASE_URL: modelUrl.default('https://api.anthropic.com').register(about, {
    group: 'Models',
    text: 'Where its API is, without `/v1`.',
  }),
  OPENAI_API_KEY: words.optional().register(about, {
    group: 'Models',
    text: 'The key for OpenAI, or for a server with the same API.',
    fallback: 'none',
    secret: true,
  }),
  OPENAI_BASE_URL: modelUrl.optional().register(about, {
    group: 'Models',
    text: 'Where its API is, with `/v1`. It may be on this machine; set it without a key for a server that wants none.',
    fallback: '`https://api.openai.com/v1`',
  }),
  GEMINI_API_KEY: words.optional().register(about, {
    group: 'Models',
    text: 'The key for Gemini.',
    fallback: 'none',
    secret: true,
  }),
  GOOGLE_GEMINI_BASE_URL: modelUrl.default('https://generativelanguage.googleapis.com').register(about, {
    group: 'Models',
    text: 'Where its API is, without `/v1beta`.',
  }),
  AUTO_CLEANUP_HOURS: z.coerce.number().positive().default(24).register(about, {
    group: 'Disk',
    text: 'After so long layers that no release needs and remains of dead workers are deleted.',
    unit: 'hours',
  }),
  SIGNALBOX_SNAPSHOT_MAX_GB: z.coerce.number().positive().default(20).register(about, {
    group: 'Disk',
    text: 'What kept installs and states of failed jobs may take on a machine; the least recently used go first.',
    unit: 'gigabytes',
  }),
  SIGNALBOX_SNAPSHOT_DAYS: z.coerce.number().positive().default(14).register(about, {
    group: 'Disk',
    text: 'After so long without a use a kept install is deleted.',
    unit: 'days',
  }),
  SIGNALBOX_FAILED_STATE_HOURS: z.coerce.number().positive().default(24).register(about, {
    group: 'Disk',
    text: 'After so long without a shell the state of a failed job is deleted.',
    unit: 'hours',
  }),
  SIGNALBOX_MIN_FREE_MB: z.coerce.number().int().min(0).max(1_048_576).default(512).register(about, {
    group: 'Disk',
    text: 'With less free space in the data folder no new job is taken, until there is more again.',
    unit: 'megabytes',
  }),
  SIGNALBOX_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info').register(about, {
    group: 'Logs and metrics',
    text: 'The least that is logged. Under `up` it is `warn` unless it is set.',
  }),
})
type Environment = z.infer<typeof Environment>

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
  autoCleanupHours: number
  /** No new job is taken with less free space in the data folder. */
  minFreeBytes: number
  sandbox: 'bubblewrap' | 'unshare' | undefined
  workerSlots: number
  /** The servers of models that agents may ask, by name; a key is a secret. */
  models: Record<'anthropic' | 'openai' | 'gemini', ModelServer>
  /** What kept states of workspaces may take on this machine, and for how long unused ones stay. */
  snapshots: { maxBytes: number; days: number; failedHours: number }
  logLevel: 'debug' | 'info' | 'warn' | 'error'
}

/** A server of models; without key and address of its own there is none. */
export interface ModelServer {
  key: string | undefined
  baseUrl: string
  /** It can be asked: there is a key, or an address that wants none. */
  available: boolean
}

/** A variable of the environment with what is said of it, its default and the values that it takes. */
export interface Variable extends About {
  name: string
  /** Undefined: computed, `fallback` says how. */
  default: string | undefined
  values: string
}

/** Every variable in the order of the reference. */
export function variables(): Variable[] {
  const { properties = {} } = z.toJSONSchema(Environment)
  return Object.entries(Environment.shape).map(([name, schema]) => {
    const meta = about.get(schema)
    if (!meta) throw new Error(`the variable ${name} says nothing of itself`)
    const property = properties[name]
    const json = typeof property === 'object' ? property : {}
    return { name, ...meta, default: json.default?.toString(), values: valuesOf(json) }
  })
}

function valuesOf(json: { enum?: unknown[]; type?: unknown; minimum?: number; maximum?: number }): string {
  if (json.enum) return json.enum.map((value) => `\`${value}\``).join(', ')
  if (json.type === 'string') return 'text'
  const least = json.minimum === undefined ? 'more than 0' : String(json.minimum)
  return json.maximum === undefined || json.maximum > 1e12 ? least : `${least} to ${json.maximum}`
}

/** Variables that say which database it is; whoever hands DATABASE_URL to a child takes these away. */
export const databaseParts = [
  'DB_HOST',
  'DB_PORT',
  'DB_NAME',
  'DB_USER',
  'DB_PASSWORD',
  'DB_PASSWORD_FILE',
  'DB_SSLMODE',
  'DB_SSL_CA_FILE',
  'DB_SSL_CERT_FILE',
  'DB_SSL_KEY_FILE',
] as const

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
  return {
    port: e.PORT,
    ingressPort: e.SIGNALBOX_INGRESS_PORT ?? e.PORT + 1,
    dataDir: resolve(e.SIGNALBOX_DATA_DIR ?? defaultDataDir(e.XDG_DATA_HOME)),
    databaseUrl: databaseUrlOf(e),
    databasePoolMax: e.DB_POOL_MAX,
    databaseStatementTimeoutMs: e.DB_STATEMENT_TIMEOUT_MS,
    databaseConnectTimeoutMs: e.DB_CONNECT_TIMEOUT_MS,
    ...masterKeyOf(e),
    s3: s3Of(e),
    serverUrl: e.SIGNALBOX_SERVER_URL?.replace(/\/+$/, ''),
    maxConcurrentValidations: e.MAX_CONCURRENT_VALIDATIONS,
    autoCleanupHours: e.AUTO_CLEANUP_HOURS,
    minFreeBytes: e.SIGNALBOX_MIN_FREE_MB * 1024 * 1024,
    sandbox: e.SIGNALBOX_SANDBOX,
    workerSlots: e.SIGNALBOX_WORKER_SLOTS,
    models: modelsOf(e),
    snapshots: {
      maxBytes: e.SIGNALBOX_SNAPSHOT_MAX_GB * 1e9,
      days: e.SIGNALBOX_SNAPSHOT_DAYS,
      failedHours: e.SIGNALBOX_FAILED_STATE_HOURS,
    },
    logLevel: e.SIGNALBOX_LOG_LEVEL,
  }
}

function modelsOf(e: Environment): Config['models'] {
  const server = (key: string | undefined, baseUrl: string): ModelServer => ({
    key,
    baseUrl,
    available: key !== undefined,
  })
  const openai = server(e.OPENAI_API_KEY, e.OPENAI_BASE_URL ?? 'https://api.openai.com/v1')
  return {
    anthropic: server(e.ANTHROPIC_API_KEY, e.ANTHROPIC_BASE_URL),
    openai: { ...openai, available: openai.available || e.OPENAI_BASE_URL !== undefined },
    gemini: server(e.GEMINI_API_KEY, e.GOOGLE_GEMINI_BASE_URL),
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

/** One address from either way of saying it; an Error when both or only half of one is said. */
function databaseUrlOf(e: Environment): string | undefined {
  const said = databaseParts.filter((name) => e[name] !== undefined)
  if (e.DATABASE_URL) {
    if (said.length === 0) return e.DATABASE_URL
    throw new Error(
      `DATABASE_URL and ${said.join(', ')} both say where the database is: keep one of the two.`,
    )
  }
  if (said.length === 0) return undefined
  if (!e.DB_HOST) {
    throw new Error(
      `${said.join(', ')} without DB_HOST: name the host of the PostgreSQL, or unset ${said.length > 1 ? 'them' : 'it'} for the embedded one.`,
    )
  }
  if (e.DB_PASSWORD && e.DB_PASSWORD_FILE) {
    throw new Error('DB_PASSWORD and DB_PASSWORD_FILE both hold the password: keep one of the two.')
  }
  if (Boolean(e.DB_SSL_CERT_FILE) !== Boolean(e.DB_SSL_KEY_FILE)) {
    throw new Error('DB_SSL_CERT_FILE and DB_SSL_KEY_FILE belong together: name both.')
  }
  const password = e.DB_PASSWORD ?? (e.DB_PASSWORD_FILE && passwordIn(e.DB_PASSWORD_FILE))
  return composeUrl(e, e.DB_HOST, password)
}

function composeUrl(e: Environment, host: string, password: string | undefined): string {
  const socket = host.startsWith('/')
  const near = socket || ['localhost', '127.0.0.1', '::1'].includes(host)
  const mode = e.DB_SSLMODE ?? (near ? 'disable' : 'verify-full')
  if (mode === 'verify-ca' && !e.DB_SSL_CA_FILE) {
    throw new Error('DB_SSLMODE=verify-ca needs DB_SSL_CA_FILE: any authority that Node knows could sign.')
  }
  const query = new URLSearchParams()
  if (socket) query.set('host', host)
  query.set('sslmode', mode)
  // The meaning that PostgreSQL's own clients give to these words; without it pg takes all for verify-full.
  query.set('uselibpqcompat', 'true')
  for (const [name, path] of [
    ['sslrootcert', e.DB_SSL_CA_FILE],
    ['sslcert', e.DB_SSL_CERT_FILE],
    ['sslkey', e.DB_SSL_KEY_FILE],
  ] as const) {
    if (path && mode !== 'disable') query.set(name, resolve(path))
  }
  const user = encodeURIComponent(e.DB_USER ?? 'signalbox')
  const login = password === undefined ? user : `${user}:${encodeURIComponent(password)}`
  const at = socket ? 'localhost' : host.includes(':') ? `[${host}]` : host
  const name = encodeURIComponent(e.DB_NAME ?? 'signalbox')
  return `postgres://${login}@${at}:${e.DB_PORT ?? 5432}/${name}?${query.toString()}`
}

function passwordIn(path: string): string {
  try {
    return readFileSync(path, 'utf8').trimEnd()
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new Error(`The password in DB_PASSWORD_FILE cannot be read: ${why}`)
  }
}
