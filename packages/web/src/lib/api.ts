import type { RouteInput, RouteName, RouteResponse } from '@signalbox/core/contract/routes.ts'
import { apiRoutes } from './api-routes.ts'
import { problemFrom, unreachable } from './problem.ts'
import { csrfToken } from './session.ts'

type Drop<T> = { [K in keyof T as T[K] extends undefined ? never : K]: T[K] }

/** What a call takes: only the parts that its route has, `query` may be left out. */
export type CallInput<N extends RouteName> = Omit<Drop<RouteInput<N>>, 'query'> &
  (RouteInput<N>['query'] extends undefined ? unknown : { query?: Partial<RouteInput<N>['query']> })

interface LooseInput {
  params?: Record<string, string>
  query?: Record<string, string | number | undefined>
  body?: unknown
}

/** The address of a route with its parameters and query filled in. */
export function addressOf(path: string, input: LooseInput): string {
  const filled = path.replace(/:([a-z]+)/gi, (_, name: string) => {
    const value = input.params?.[name]
    if (value === undefined) throw new TypeError(`${path} needs "${name}"`)
    return encodeURIComponent(value)
  })
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(input.query ?? {})) {
    if (value !== undefined && value !== '') query.set(name, String(value))
  }
  const text = query.toString()
  return text ? `${filled}?${text}` : filled
}

/** Calls a route of the contract. Throws an ApiProblem when it is refused or the server does not answer. */
export async function call<N extends RouteName>(
  name: N,
  input: CallInput<N>,
  signal?: AbortSignal,
): Promise<RouteResponse<N>> {
  const { method, path } = apiRoutes[name]
  const loose = input as LooseInput
  const headers: Record<string, string> = { accept: 'application/json' }
  if (method !== 'GET') headers['x-csrf-token'] = csrfToken()
  if (loose.body !== undefined) headers['content-type'] = 'application/json'
  const response = await send(addressOf(path, loose), {
    method,
    headers,
    body: loose.body === undefined ? undefined : JSON.stringify(loose.body),
    credentials: 'same-origin',
    signal,
  })
  const body: unknown = await response.json().catch(() => null)
  // /health says by 503 that a part is down, and still answers in its own shape.
  if (name === 'health' && response.status === 503 && isHealth(body)) return body as RouteResponse<N>
  if (!response.ok) throw problemFrom(response.status, response.statusText, body)
  return body as RouteResponse<N>
}

function isHealth(body: unknown): boolean {
  return typeof body === 'object' && body !== null && 'database' in body
}

async function send(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init)
  } catch (error) {
    if (init.signal?.aborted) throw error
    throw unreachable(error)
  }
}
