import type { Problem } from '@signalbox/core/contract/views/live.ts'

/** A request that did not do what was asked: the server's problem document, or our own for a dead line. */
export class ApiProblem extends Error {
  readonly problem: Problem

  constructor(problem: Problem, options?: { cause?: unknown }) {
    super(problem.detail || problem.title, options)
    this.name = 'ApiProblem'
    this.problem = problem
  }
}

/** The problem in any thrown value; what is not one of ours is named as a fault of the dashboard. */
export function problemOf(error: unknown): Problem {
  if (error instanceof ApiProblem) return error.problem
  const detail = error instanceof Error ? error.message : String(error)
  return {
    type: 'about:blank',
    title: 'The dashboard failed',
    status: 0,
    detail,
    code: 'dashboard-fault',
    hint: 'Load the page again: it may be older than the server.',
  }
}

/** The server gave no answer at all. */
export function unreachable(cause: unknown): ApiProblem {
  return new ApiProblem(
    {
      type: 'about:blank',
      title: 'The server does not answer',
      status: 0,
      detail: 'The request could not be sent. The server may be stopped, or this machine offline.',
      code: 'unreachable',
      hint: 'Start it with "npm start" and try again.',
    },
    { cause },
  )
}

/** What an answer that is not a success says, also when its body is no problem document. */
export function problemFrom(status: number, statusText: string, body: unknown): ApiProblem {
  const fields: Partial<Problem> = typeof body === 'object' && body !== null ? body : {}
  return new ApiProblem({
    type: fields.type ?? 'about:blank',
    title: fields.title ?? (statusText || `HTTP ${status}`),
    status,
    detail: fields.detail ?? '',
    code: fields.code ?? `http-${status}`,
    hint: fields.hint,
    errors: fields.errors,
  })
}

/** Messages by field, for the paths under `prefix` ("settings.validation.port" → "validation.port"). */
export function fieldErrors(problem: Problem, prefix = ''): Record<string, string> {
  const found: Record<string, string> = {}
  for (const { path, message } of problem.errors ?? []) {
    const dotted = path
      .replace(/^[/.]+/, '')
      .replaceAll('/', '.')
      .replace(/^body\./, '')
    if (!dotted.startsWith(prefix)) continue
    found[dotted.slice(prefix.length)] ??= message
  }
  return found
}
