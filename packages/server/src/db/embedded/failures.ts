import { Failure } from '@signalbox/core/base/failure.ts'

const elsewhere = 'Or set DATABASE_URL to a PostgreSQL 15 or later of your own.'

function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

/** What a refused file operation in the data folder means for a person; other errors as they are. */
export function folderFailure(error: unknown, path: string): unknown {
  switch (codeOf(error)) {
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new Failure('data-folder-not-writable', `Signalbox may not write to ${path}.`, {
        hint: `Give it a folder of its own with SIGNALBOX_DATA_DIR. ${elsewhere}`,
        cause: error,
      })
    case 'ENOTDIR':
    case 'EEXIST':
      return new Failure('data-folder-not-writable', `${path} is in the way: it is not a folder.`, {
        hint: 'Name another folder with SIGNALBOX_DATA_DIR.',
        cause: error,
      })
    case 'ENOSPC':
    case 'EDQUOT':
      return diskFull(path, error)
    default:
      return error
  }
}

function diskFull(path: string, cause?: unknown): Failure {
  return new Failure('database-disk-full', `There is no space left for the database in ${path}.`, {
    hint: 'Free some space, or name a folder on another disk with SIGNALBOX_DATA_DIR.',
    cause,
  })
}

/** No PostgreSQL came with the packages for this machine. */
export function binariesMissing(platform: string): Failure {
  return new Failure(
    'database-binaries-missing',
    `No PostgreSQL for ${platform} is installed with Signalbox.`,
    {
      hint: 'Install with optional dependencies (npm ci --include=optional). '.concat(elsewhere),
    },
  )
}

/** The binaries are there and do not run: another C library, or a disk mounted without execution. */
export function binariesUnusable(path: string, cause: unknown): Failure {
  return new Failure('database-binaries-unusable', `PostgreSQL in ${path} cannot be run on this machine.`, {
    hint: elsewhere,
    cause,
  })
}

/** The data was made by another major version, which these binaries cannot read. */
export function otherVersion(folder: string, found: string, ours: string): Failure {
  return new Failure(
    'database-version',
    `The data in ${folder} is of PostgreSQL ${found}, this is ${ours}.`,
    {
      hint: `Restore a backup into a new folder, or start the version of Signalbox that made it.`,
    },
  )
}

/** Another account than ours cannot reach a folder that it must work in. */
export function unreachable(path: string, account: string): Failure {
  return new Failure(
    'database-folder-unreachable',
    `The account "${account}", under which PostgreSQL runs, cannot reach ${path}: a folder above is closed to it.`,
    {
      hint: 'Name a folder with SIGNALBOX_DATA_DIR that others may pass through, such as /var/lib/signalbox.',
    },
  )
}

/** PostgreSQL is there and does not take our password. */
export function passwordRefused(folder: string, cause: unknown): Failure {
  return new Failure('database-password', 'PostgreSQL does not accept the password in the data folder.', {
    hint: `The file ${folder}/password does not belong to this data; put the one of its backup back.`,
    cause,
  })
}

/** What PostgreSQL said before it ended, in our words where we know them. */
export function startFailure(folder: string, output: string): Failure {
  if (/No space left on device/.test(output)) return diskFull(folder)
  const said = output.trim().split('\n').slice(-8).join('\n')
  return new Failure('database-start-failed', `PostgreSQL did not start:\n${said || '(it said nothing)'}`, {
    hint: `Its own words are in ${folder}/postgres.log. ${elsewhere}`,
  })
}
