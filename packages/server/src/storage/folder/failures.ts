import { Failure } from '@signalbox/core/base/failure.ts'

/** The system's word for what went wrong: `ENOSPC`; undefined for other errors. */
export function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

/** What a refused file operation means for a person; Failures as they are. */
export function storageFailure(error: unknown, folder: string): unknown {
  if (error instanceof Failure) return error
  const code = codeOf(error)
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new Failure('storage-full', `There is no space left in ${folder}.`, {
      hint: 'Free some space; what was being stored can be stored again then.',
      cause: error,
    })
  }
  if (code === undefined) return error
  return new Failure('storage-lost', `The folder ${folder} cannot be used now (${code}).`, {
    retryable: true,
    hint: 'Look whether its disk is there and whether Signalbox may write to it.',
    cause: error,
  })
}
