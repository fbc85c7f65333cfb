import { Failure } from '@signalbox/core/base/failure.ts'
import { selectProvider } from '@signalbox/engine/sandbox/select.ts'
import type { Kysely } from 'kysely'
import type { Finding, SandboxSaid } from '../api/server-deps.ts'
import type { Config } from '../config.ts'
import { connectDatabase } from '../db/connect.ts'
import { readDoctorFacts } from '../db/doctor-facts.ts'
import { migrationStatus } from '../db/migrate.ts'
import type { Database } from '../db/schema.ts'
import { databaseVersion } from '../db/server-facts.ts'
import { checkBlobs } from '../storage/check-blobs.ts'
import { createS3Blobs } from '../storage/s3/create-s3-blobs.ts'
import { runningDatabase } from './database.ts'
import { databaseFindings } from './doctor-database.ts'
import { failed, findingText, note, ok, wrong } from './doctor-finding.ts'
import { checkAuthKey, checkMasterKeys } from './doctor-keys.ts'
import {
  checkContainers,
  checkDataFolder,
  checkGit,
  checkLeftSandboxes,
  checkPorts,
  checkSecretFiles,
  checkVariables,
} from './doctor-machine.ts'

/** `signalbox doctor`: what is wrong on this machine and how to mend it; exit code 1 when something is. */
export async function doctor(config: Config, args: string[]): Promise<void> {
  const { tried } = await selectProvider({ dataDir: config.dataDir, prefer: config.sandbox })
  const findings = [
    ...(await examineMachine(config)),
    ...(await examineDatabase(config)),
    ...sandboxFindings(tried),
    ...(await checkBucket(config)),
  ]
  if (args.includes('--json')) process.stdout.write(`${JSON.stringify({ findings }, null, 2)}\n`)
  else for (const finding of findings) process.stdout.write(findingText(finding))
  if (findings.some(({ severity }) => severity === 'error' || severity === 'warning')) process.exitCode = 1
}

/**
 * The same look from inside a server, over its own connections. What sandboxes can enforce is what its workers
 * say of themselves: a server needs none.
 */
export async function examine(
  config: Config,
  db: Kysely<Database>,
  sandboxes: SandboxSaid[],
): Promise<Finding[]> {
  return [
    ...(await examineMachine(config)),
    ...(await examineRows(config, db).catch((error: unknown) => [
      failed('database', error, 'Look at the log of PostgreSQL.'),
    ])),
    ...sandboxFindings(sandboxes),
    ...(await checkBucket(config)),
  ]
}

async function examineMachine(config: Config): Promise<Finding[]> {
  return [
    await checkGit(),
    ...(await checkDataFolder(config)),
    ...(await checkSecretFiles(config)),
    ...checkVariables(process.env),
    ...(await checkPorts(config)),
    await checkLeftSandboxes(config),
    await checkContainers(config, process.env),
  ]
}

async function examineDatabase(config: Config): Promise<Finding[]> {
  try {
    const connectionString = await runningDatabase(config)
    const connection = connectDatabase({ connectionString, max: 1, applicationName: 'signalbox-doctor' })
    return await examineRows(config, connection.db).finally(() => connection.close())
  } catch (error) {
    // Nobody connects again here, and what keeps the embedded one running is `up`.
    const away = error instanceof Failure && error.code === 'database-lost'
    if (away && !config.databaseUrl) {
      return [wrong('database', 'the embedded PostgreSQL does not run', 'Start it: "signalbox up".')]
    }
    return [failed('database', error, 'Run "signalbox up", or look at DATABASE_URL or DB_HOST.')]
  }
}

async function examineRows(config: Config, db: Kysely<Database>): Promise<Finding[]> {
  const text = `PostgreSQL ${await databaseVersion(db)}`
  const pending = (await migrationStatus(db)).filter((one) => one.appliedAt === null)
  if (pending.length > 0) {
    const mend = 'Run "signalbox db migrate", or start Signalbox.'
    return [wrong('database', `${text}, ${pending.length} migrations are not applied`, mend)]
  }
  const facts = await readDoctorFacts(db, Date.now)
  return [
    ok('database', text),
    ...databaseFindings(facts),
    ...(await checkMasterKeys(config, db)),
    await checkAuthKey(config, db),
  ]
}

async function checkBucket({ s3 }: Config): Promise<Finding[]> {
  if (!s3) return []
  const blobs = createS3Blobs(s3)
  return [
    await checkBlobs(blobs).then(
      () => ok('bucket', `${blobs.label} stores and gives back`),
      (error: unknown) => failed('bucket', error, 'Look at the S3 variables: "signalbox config".'),
    ),
  ]
}

const unsafeMend =
  'Jobs see this machine’s files and network. Take SIGNALBOX_SANDBOX=host away unless it runs nothing but trusted code.'

const limits = ['memory', 'pids', 'cpu', 'disk', 'network', 'ownUser', 'syscalls', 'overlay'] as const

/** What sandboxes can enforce: of the first kind that works, else why none does. */
export function sandboxFindings(tried: SandboxSaid[]): Finding[] {
  const best = tried.find((capabilities) => capabilities.available)
  if (!best) {
    return tried.map(({ provider, reason = 'is not available' }) =>
      wrong(provider, reason, mendOf(provider, reason)),
    )
  }
  const text = `${best.provider} ${best.version ?? ''}`.trim()
  return [
    // The unsafe one is named so by its own version.
    best.provider === 'host' ? wrong('sandbox', text, unsafeMend) : ok('sandbox', text),
    ...limits.flatMap((name) => {
      const said = best[name]
      if (!said) return []
      const { enforced, how } = said
      return enforced ? ok(`  ${name}`, `enforced: ${how}`) : note(`  ${name}`, `NOT enforced: ${how}`)
    }),
  ]
}

function mendOf(provider: string, reason: string): string {
  return /not (installed|found)/i.test(reason)
    ? `Install ${provider}: apt-get install ${provider === 'unshare' ? 'util-linux' : provider}.`
    : 'Allow user namespaces: sysctl user.max_user_namespaces=15000 and kernel.unprivileged_userns_clone=1.'
}
