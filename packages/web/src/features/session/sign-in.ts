import type { QueryClient } from '@tanstack/react-query'
import { call } from '../../lib/api.ts'
import { problemOf } from '../../lib/problem.ts'
import { queries } from '../../lib/queries.ts'
import { keepCsrfToken } from '../../lib/session.ts'

/** Exchanges a single-use token for a session and remembers who is signed in. Throws an ApiProblem. */
export async function signIn(cache: QueryClient, token: string): Promise<void> {
  const session = await call('createSession', { body: { token } })
  keepCsrfToken(session.csrfToken)
  cache.setQueryData(queries.session().queryKey, session)
}

/**
 * Signs in with the token of the address. A token that was used already is no harm when the browser still
 * holds a session: then the reason is returned only if nobody is signed in.
 */
export async function signInFromAddress(cache: QueryClient, token: string): Promise<string | null> {
  try {
    await signIn(cache, token)
    return null
  } catch (error) {
    return problemOf(error).detail || problemOf(error).title
  }
}
