import { Failure } from '../base/failure.ts'
import type { Contexts } from '../expressions/contexts.ts'
import { evaluateTemplate } from '../expressions/evaluate.ts'
import type { JobEnvironment } from '../workflow/model.ts'

/**
 * The environment that a job names, in one case; nothing when its expression comes to nothing. Throws a Failure
 * `invalid-environment` for what is no name of one here, and `expression-failed`.
 */
export function environmentName({ name }: JobEnvironment, contexts: Contexts): string {
  const text = evaluateTemplate(name.source, contexts).trim().toLowerCase()
  if (text === '' || /^[a-z0-9-]{1,40}$/.test(text)) return text
  throw new Failure('invalid-environment', `${text.slice(0, 60)} is no name of an environment`, {
    hint: 'It has letters, digits and - only, 40 at most.',
  })
}
