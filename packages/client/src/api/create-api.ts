import {
  type RouteInput,
  type RouteName,
  type RouteResponse,
  routes,
} from '@signalbox/core/contract/routes.ts'
import { ApiFailure, connectionFailure, failureOf } from './api-failure.ts'

/** Where Signalbox answers, and by which token. */
export interface ApiOptions {
  /** Without a path: `http://127.0.0.1:3000`. */
  baseUrl: string
  /** Sent as a bearer token with every request; undefined for public routes only. */
  token: string | undefined
  /** Ends every request that is under way. */
  signal?: AbortSignal
  /** How long one answer may take. */
  timeoutMs?: number
}

/** The keys of a route's input that it really has, and only those. */
export type CallInput<N extends RouteName> = {
  [K in keyof RouteInput<N> as RouteInput<N>[K] extends undefined ? never : K]: RouteInput<N>[K]
}

/**
 * The HTTP API, one function for every route of the contract. Answers are parsed. Throws an ApiFailure for
 * what the server refuses, a Failure `connection-refused`, `unreachable`, `timeout` or `bad-answer` else.
 */
export interface Api {
  readonly baseUrl: string
  readonly token: string | undefined
  call<N extends RouteName>(
    name: N,
    ...input: keyof CallInput<N> extends never ? [] : [CallInput<N>]
  ): Promise<RouteResponse<N>>
}

const defaultTimeoutMs = 60_000

/** A client for one address. */
export function createApi(options: ApiOptions): Api {
  const baseUrl = options.baseUrl.replace(/\/+$/, '')
  return {
    baseUrl,
    token: options.token,
    async call(name, ...input) {
      const [given = {}] = input
      const parts: Parts = given
      const { method, response } = routes[name]
      const url = `${baseUrl}${pathOf(name, parts)}`
      const answer = await ask(url, {
        method,
        headers: headersOf(options.token, parts.body !== undefined),
        body: parts.body === undefined ? undefined : JSON.stringify(parts.body),
      })
      const parsed = response.safeParse(answer)
      if (parsed.success) return parsed.data as RouteResponse<typeof name>
      const [issue] = parsed.error.issues
      throw new ApiFailure('bad-answer', `The answer to ${name} does not fit the contract of this client.`, {
        status: 200,
        hint: `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}. Client and server may be of different versions.`,
      })
    },
  }

  /** The parsed JSON of a success. */
  async function ask(url: string, request: RequestInit): Promise<unknown> {
    const timeout = AbortSignal.timeout(options.timeoutMs ?? defaultTimeoutMs)
    const signal = options.signal ? AbortSignal.any([options.signal, timeout]) : timeout
    let status: number
    let text: string
    try {
      const answer = await fetch(url, { ...request, signal, redirect: 'error' })
      status = answer.status
      text = await answer.text()
    } catch (cause) {
      options.signal?.throwIfAborted()
      throw connectionFailure(baseUrl, cause)
    }
    const body = parseJson(text)
    // /health says by 503 that a part is down, and still answers in its own shape.
    if (status >= 200 && status < 300) return body
    if (url.endsWith('/health') && status === 503) return body
    throw failureOf(status, body, baseUrl)
  }
}

/** What a caller may hand to any route. */
interface Parts {
  params?: Record<string, string>
  query?: Record<string, unknown>
  body?: unknown
}

function headersOf(token: string | undefined, hasBody: boolean): Record<string, string> {
  return {
    accept: 'application/json',
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(hasBody ? { 'content-type': 'application/json' } : {}),
  }
}

/** The path of a route with its parameters and query filled in and escaped. */
export function pathOf(name: RouteName, { params = {}, query = {} }: Parts): string {
  const path = routes[name].path.replace(/:(\w+)/g, (_, key: string) => encodeURIComponent(params[key] ?? ''))
  const search = new URLSearchParams()
  for (const [key, value] of Object.entries(query)) if (value !== undefined) search.set(key, String(value))
  return search.size === 0 ? path : `${path}?${search}`
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
