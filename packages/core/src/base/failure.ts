/**
 * An expected failure: a literal `code` in kebab-case, whether trying again may help, what to do next.
 * Everything that reaches a person goes through `message` and `hint`; neither may hold a secret.
 */
export class Failure extends Error {
  readonly code: string
  readonly retryable: boolean
  readonly hint: string | undefined
  /** What is wrong with single fields of the input, as `inputs.name`; empty when it is about no field. */
  readonly fields: readonly { path: string; message: string }[]

  constructor(
    code: string,
    message: string,
    options: {
      retryable?: boolean
      hint?: string
      cause?: unknown
      fields?: readonly { path: string; message: string }[]
    } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'Failure'
    this.code = code
    this.retryable = options.retryable ?? false
    this.hint = options.hint
    this.fields = options.fields ?? []
  }
}
