import { Failure } from '@signalbox/core/base/failure.ts'
import { Problem } from '@signalbox/core/contract/views/live.ts'

/** What the server refused: its HTTP status, and which fields of the request were wrong. */
export class ApiFailure extends Failure {
  readonly status: number
  readonly errors: readonly { path: string; message: string }[]

  constructor(
    code: string,
    message: string,
    options: {
      status: number
      errors?: readonly { path: string; message: string }[]
      hint?: string
      cause?: unknown
    },
  ) {
    super(code, message, {
      hint: options.hint,
      cause: options.cause,
      retryable: options.status === 503 || options.status === 429,
    })
    this.name = 'ApiFailure'
    this.status = options.status
    this.errors = options.errors ?? []
  }
}

/** An answer that is no success as a failure; `body` is whatever came, parsed as JSON when it was. */
export function failureOf(status: number, body: unknown, baseUrl: string): ApiFailure {
  const problem = Problem.safeParse(body)
  if (!problem.success) {
    return new ApiFailure('unexpected-answer', `${baseUrl} answered ${status} in a form that is not ours.`, {
      status,
      hint: 'Check that SIGNALBOX_URL or PORT names Signalbox and not something else.',
    })
  }
  const { code, detail, hint, errors } = problem.data
  return new ApiFailure(code, detail, { status, hint: hint ?? hintFor(code), errors })
}

const hints: Readonly<Record<string, string>> = {
  'not-signed-in':
    'Set SIGNALBOX_TOKEN, or run this as the user that started Signalbox, with the same SIGNALBOX_DATA_DIR.',
  'not-found': 'See what there is: signalbox project list, change list, runs list, deployments.',
  refused: 'See where it stands and what it takes: signalbox change show, runs show, deployments.',
  'stale-fence': 'Somebody changed it at the same time. Look at it again, then try again.',
  'invalid-request': 'The lines above name what is wrong; --help shows an example.',
  internal: 'The log of the server says more; "signalbox doctor" looks for what is wrong on its machine.',
}

function hintFor(code: string): string | undefined {
  return hints[code]
}

/** Nothing answers at the address: `connection-refused`, `unreachable` or `timeout`, and how to start it. */
export function connectionFailure(baseUrl: string, cause: unknown): Failure {
  const code = errorCode(cause)
  const hint = 'Start it with "signalbox up" (or npm start), or set PORT or SIGNALBOX_URL to where it runs.'
  if (code === 'ECONNREFUSED') {
    return new Failure('connection-refused', `No Signalbox answers at ${baseUrl}.`, {
      retryable: true,
      hint,
      cause,
    })
  }
  const why = code ?? deepestMessage(cause)
  return new Failure('unreachable', `Signalbox at ${baseUrl} cannot be reached (${why}).`, {
    retryable: true,
    hint,
    cause,
  })
}

/** The system's code of an error, or of the one that caused it. */
function errorCode(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  if ('code' in error && typeof error.code === 'string') return error.code
  return errorCode(error.cause)
}

/** fetch says only that it failed; why stands in what caused it. */
function deepestMessage(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? deepestMessage(error.cause) : error.message
}
