import { problemFrom, unreachable } from './problem.ts'
import { csrfToken } from './session.ts'

/** Calls one of the addresses below /api/auth that sign people in. Throws an ApiProblem when it is refused. */
export async function authCall(
  method: 'GET' | 'POST',
  path: string,
  body?: unknown,
): Promise<Record<string, unknown>> {
  const response = await fetch(`/api/auth${path}`, {
    method,
    headers: {
      accept: 'application/json',
      ...(method === 'POST' ? { 'content-type': 'application/json', 'x-csrf-token': csrfToken() } : {}),
    },
    body: method === 'POST' ? JSON.stringify(body ?? {}) : undefined,
    credentials: 'same-origin',
  }).catch((error: unknown) => {
    throw unreachable(error)
  })
  const answer: unknown = await response.json().catch(() => null)
  if (!response.ok) throw problemFrom(response.status, response.statusText, answer)
  return typeof answer === 'object' && answer !== null ? { ...answer } : {}
}
