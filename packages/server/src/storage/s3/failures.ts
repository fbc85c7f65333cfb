import { Failure } from '@signalbox/core/base/failure.ts'

/** What the store's own word for a refusal means for a person. */
const hints: Record<string, string> = {
  AccessDenied: 'The access key may not do this: it needs to read, write, list and delete in the bucket.',
  Forbidden: 'The access key may not do this: it needs to read, write, list and delete in the bucket.',
  InvalidAccessKeyId: 'The store does not know this access key: look at SIGNALBOX_S3_ACCESS_KEY_ID.',
  SignatureDoesNotMatch: 'The secret of the access key is wrong: look at SIGNALBOX_S3_SECRET_ACCESS_KEY.',
  NoSuchBucket: 'Make the bucket first, or look at SIGNALBOX_S3_BUCKET.',
  CredentialsProviderError: 'Set SIGNALBOX_S3_ACCESS_KEY_ID and SIGNALBOX_S3_SECRET_ACCESS_KEY.',
  PermanentRedirect:
    'The bucket is in another region: look at SIGNALBOX_S3_REGION and SIGNALBOX_S3_ENDPOINT.',
  AuthorizationHeaderMalformed: 'The bucket is in another region: look at SIGNALBOX_S3_REGION.',
}

const full: readonly string[] = [
  'QuotaExceeded',
  'XMinioStorageFull',
  'InsufficientStorage',
  'XMinioAdminBucketQuotaExceeded',
]

/** The store's word for what went wrong, and the HTTP status when there was one. */
export function wordOf(error: unknown): { word: string; status: number | undefined } {
  if (!(error instanceof Error)) return { word: 'unknown', status: undefined }
  const metadata: unknown = Reflect.get(error, '$metadata')
  const status: unknown =
    typeof metadata === 'object' && metadata !== null ? Reflect.get(metadata, 'httpStatusCode') : undefined
  return { word: error.name, status: typeof status === 'number' ? status : undefined }
}

/** Whether it says that there is no such object. */
export function isMissing(error: unknown): boolean {
  const { word, status } = wordOf(error)
  return word === 'NoSuchKey' || word === 'NotFound' || (status === 404 && word !== 'NoSuchBucket')
}

/** An error of the store as a Failure: `storage-refused`, `storage-full` or the retryable `storage-lost`. */
export function s3Failure(error: unknown, label: string): unknown {
  if (error instanceof Failure) return error
  const { word, status } = wordOf(error)
  if (full.includes(word) || status === 507) {
    return new Failure('storage-full', `There is no space left in ${label}.`, { cause: error })
  }
  const hint = hints[word] ?? (status === 403 ? hints['AccessDenied'] : undefined)
  if (hint) {
    return new Failure('storage-refused', `The ${label} refuses: ${word}.`, { hint, cause: error })
  }
  const why = status === undefined ? word : `${word}, HTTP ${status}`
  return new Failure('storage-lost', `The ${label} does not answer (${why}).`, {
    retryable: true,
    hint: 'Look whether the store runs and whether SIGNALBOX_S3_ENDPOINT names it.',
    cause: error,
  })
}
