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
export const Environment = z.object({
  PORT: port
    .default(3000)
    .register(about, { group: 'Where it runs', text: 'The port of dashboard, API and git.' }),
  SIGNALBOX_HOST: words.default('127.0.0.1').register(about, {
    group: 'Where it runs',
    text: 'The address on which dashboard, API and git listen. Beyond loopback only when an owner has a password or a passkey.',
  }),
  SIGNALBOX_PUBLIC_URL: z
    .url({ protocol: /^https?$/ })
    .optional()
    .register(about, {
      group: 'Where it runs',
      text: 'Where people reach it, as `https://signalbox.example`: its host name is answered to, links begin with it, cookies are for https only when it is https, and passkeys are for its name.',
      fallback: '`http://127.0.0.1:PORT`; passkeys are for `localhost`',
    }),
  SIGNALBOX_TLS_CERT_FILE: words.optional().register(about, {
    group: 'Where it runs',
    text: 'The certificate with its chain, as PEM: dashboard, API and git are then served by https on `SIGNALBOX_TLS_PORT` of `SIGNALBOX_HOST`, and by plain http on loopback only. A renewed file is taken up by itself.',
    fallback: 'none',
  }),
  SIGNALBOX_TLS_KEY_FILE: words.optional().register(about, {
    group: 'Where it runs',
    text: 'The key of that certificate, as PEM.',
    fallback: 'none',
  }),
  SIGNALBOX_TLS_PORT: port
    .default(3443)
    .register(about, { group: 'Where it runs', text: 'The port of https, when there is a certificate.' }),
  SIGNALBOX_TRUSTED_PROXIES: z
    .string()
    .regex(
      /^[0-9a-fA-F.:/]+(\s*,\s*[0-9a-fA-F.:/]+)*$/,
      'addresses or networks like 10.0.0.0/8, divided by commas',
    )
    .optional()
    .register(about, {
      group: 'Where it runs',
      text: 'Proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed: rate limits and the audit log then count the client, not the proxy.',
      fallback: 'none',
    }),
  SIGNALBOX_CORS_ORIGINS: z
    .string()
    .regex(
      /^https?:\/\/[^/,\s*]+(\s*,\s*https?:\/\/[^/,\s*]+)*$/,
      'origins like https://tool.example, divided by commas',
    )
    .optional()
    .register(about, {
      group: 'Where it runs',
      text: 'Origins whose pages may call the API with an API token (never with a cookie), divided by commas.',
      fallback: 'none',
    }),
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
  SIGNALBOX_RATE_LIMIT_PER_MINUTE: z.coerce.number().int().min(0).max(1_000_000).default(60).register(about, {
    group: 'Where it runs',
    text: 'Requests of one API token, and of one address without a token or session. The command line of this machine is not limited. 0: no limit.',
    unit: 'requests per minute',
  }),
  SIGNALBOX_BROWSER_RATE_LIMIT_PER_MINUTE: z.coerce
    .number()
    .int()
    .min(0)
    .max(1_000_000)
    .default(1200)
    .register(about, {
      group: 'Where it runs',
      text: 'Requests of one signed-in browser. 0: no limit.',
      unit: 'requests per minute',
    }),
  SIGNALBOX_MAX_LIVE_CONNECTIONS: z.coerce.number().int().min(0).max(100_000).default(50).register(about, {
    group: 'Where it runs',
    text: 'Live connections of one person at the same time: a tab of the dashboard, `--follow` and a reader of `/api/events` have one each. 0: no limit.',
    unit: 'connections',
  }),
  SIGNALBOX_MAX_SHELLS: z.coerce.number().int().min(0).max(10_000).default(10).register(about, {
    group: 'Where it runs',
    text: 'Shells of one person at the same time; a worker has 8 at most. 0: no limit.',
    unit: 'shells',
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
  SIGNALBOX_WORKER_AGENTS: z.enum(['true', 'false']).default('true').register(about, {
    group: 'Work',
    text: 'Whether this worker takes turns of agents. `false` where agents or keys of models are missing: another worker takes them.',
  }),
  SIGNALBOX_WORKER_LABELS: words.optional().register(about, {
    group: 'Work',
    text: 'What `runs-on` finds this worker by, divided by commas; a `*` at the end of one stands for any, and the word `default` for those of a worker that names none: `default,gpu`.',
    fallback:
      '`self-hosted`, `linux`, `x64` or `arm64`, `ubuntu-latest` and its relatives, `debian-*`, `signalbox`',
  }),
  SIGNALBOX_WORKER_GROUP: words.default('Default').register(about, {
    group: 'Work',
    text: 'The group of workers that this one belongs to, for `runs-on: {group: NAME}`.',
  }),
  SIGNALBOX_SERVER_URL: z.url().optional().register(about, {
    group: 'Work',
    text: 'Makes a worker one of another machine: where it fetches repositories. It takes no deployments.',
    fallback: 'the repositories of the data folder',
  }),
  SIGNALBOX_MAX_PUSH_MB: z.coerce.number().int().min(1).max(65536).default(512).register(about, {
    group: 'Work',
    text: 'The largest push that the forge takes; a larger one is refused in words.',
    unit: 'MB',
  }),
  SIGNALBOX_SANDBOX: z.enum(['bubblewrap', 'unshare', 'host']).optional().register(about, {
    group: 'Work',
    text: 'The sandbox provider to use. `host` is UNSAFE: it isolates nothing and takes trusted runs only.',
    fallback: 'the first that works',
  }),
  SIGNALBOX_ACTIONS_DIR: words.optional().register(about, {
    group: 'Work',
    text: 'A folder of actions, named `owner/repo@ref`, that a worker and `signalbox run` take before any other: above the built-in ones and the network.',
    fallback: 'none',
  }),
  SIGNALBOX_ACTIONS_URL: z
    .union([
      z.literal('off'),
      z
        .url({ protocol: /^https?$/ })
        .refine((text) => !text.includes('@'), 'an address without a name and password'),
    ])
    .default('https://github.com')
    .register(about, {
      group: 'Work',
      text: 'Where a worker and `signalbox run` fetch actions of other repositories by git, as `owner/repo` below it. `off`: nothing is fetched.',
    }),
  SIGNALBOX_AGENTS_DIR: words.optional().register(about, {
    group: 'Models',
    text: 'Where agents are installed: turns of agents see it read-only at `/opt/tools`, and its `node_modules/.bin` and `bin` are on their `PATH`.',
    fallback: '`agents` in the data folder',
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
  SIGNALBOX_MODEL_EXTRA_PATHS: z
    .string()
    .regex(
      /^(anthropic|openai|gemini):\/[\w.~:@/-]*\*?(\s*,\s*(anthropic|openai|gemini):\/[\w.~:@/-]*\*?)*$/,
      'entries like openai:/rerank or openai:/audio/*, divided by commas',
    )
    .optional()
    .register(about, {
      group: 'Models',
      text: 'What agents may ask of a provider beside inference and its list of models, as `openai:/rerank,openai:/audio/*`: paths behind its address, for servers of your own. With an account of a provider they may reach what others keep there.',
      fallback: 'none',
    }),
  SIGNALBOX_STUCK_RUN_MINUTES: z.coerce.number().min(5).default(60).register(about, {
    group: 'Work',
    text: 'A run in progress of which no worker has given a sign for so long is failed; a person can run it again.',
    unit: 'minutes',
  }),
  AUTO_CLEANUP_HOURS: z.coerce.number().positive().default(24).register(about, {
    group: 'Disk',
    text: 'After so long layers that no release needs and remains of dead workers are deleted.',
    unit: 'hours',
  }),
  SIGNALBOX_LOGS_TO_BLOBS_AFTER_SECONDS: z.coerce.number().min(0).default(300).register(about, {
    group: 'Disk',
    text: 'So long after a job completed its log moves out of the database into the store of blobs.',
    unit: 'seconds',
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
  SIGNALBOX_LOG_FORMAT: z.enum(['auto', 'json', 'text']).default('auto').register(about, {
    group: 'Logs and metrics',
    text: 'Lines for machines or for people; `auto` is `text` when stderr is a terminal, else `json`.',
  }),
  SIGNALBOX_METRICS_TOKEN_FILE: words.optional().register(about, {
    group: 'Logs and metrics',
    text: 'A file whose content (16 characters or more), as bearer token, also opens `/metrics`; else an API token of an admin does.',
    fallback: 'none',
  }),
  SIGNALBOX_WORKER_METRICS_PORT: port.optional().register(about, {
    group: 'Logs and metrics',
    text: 'The port of loopback on which a worker serves `/metrics` of its own: times of sandboxes, queue and jobs. With `SIGNALBOX_METRICS_TOKEN_FILE` only for that token. Workers on one machine need one each.',
    fallback: 'none: it serves none',
  }),
  SIGNALBOX_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info').register(about, {
    group: 'Logs and metrics',
    text: 'The least that is logged. Under `up` it is `warn` unless it is set.',
  }),
})
export type Environment = z.infer<typeof Environment>

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
