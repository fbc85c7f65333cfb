import { readFile } from 'node:fs/promises'
import { Failure } from '@signalbox/core/base/failure.ts'
import { writeFileAtomic } from '../atomic-file.ts'
import type { RouteStatus } from '../port.ts'
import { type Route, RoutesFile } from './schema.ts'

/** A route in service; one object per setting of a route, so that counts begin anew with it. */
export interface ServedRoute extends Route {
  requests: number
  errors: number
  open: number
}

/**
 * Which host is served by which release. A change is stored before it is in force, and in force before
 * `set` resolves: a request sees the old route or the new one, never none.
 */
export class RouteTable {
  readonly #file: string
  readonly #routes = new Map<string, ServedRoute>()
  readonly #openByRelease = new Map<string, number>()
  readonly #waiting = new Set<() => void>()
  #writing: Promise<void> = Promise.resolve()

  private constructor(file: string, routes: Route[]) {
    this.#file = file
    for (const route of routes) this.#routes.set(route.host, fresh(route))
  }

  /** Reads the stored routes; none when the file is absent. Failure `routes-unreadable` when it is damaged. */
  static async load(file: string): Promise<RouteTable> {
    let text: string
    try {
      text = await readFile(file, 'utf8')
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT')
        return new RouteTable(file, [])
      throw error
    }
    try {
      return new RouteTable(file, RoutesFile.parse(JSON.parse(text)).routes)
    } catch (cause) {
      throw new Failure('routes-unreadable', `The stored routes in ${file} cannot be read.`, {
        cause,
        hint: 'Move the file away; the server sets the routes of all live releases again when it starts.',
      })
    }
  }

  find(host: string): ServedRoute | undefined {
    return this.#routes.get(host)
  }

  /** Idempotent: the same release at the same socket keeps its counts. */
  set(route: Route): Promise<void> {
    return this.#change((next) => next.set(route.host, route))
  }

  remove(host: string): Promise<void> {
    return this.#change((next) => next.delete(host))
  }

  list(): RouteStatus[] {
    return [...this.#routes.values()].map((r) => ({
      host: r.host,
      releaseId: r.releaseId,
      requests: r.requests,
      errors: r.errors,
      open: r.open,
    }))
  }

  /** A request begins on a route; exactly one `finish` or `abandon` follows. */
  begin(route: ServedRoute): void {
    route.requests += 1
    route.open += 1
    this.#addOpen(route.releaseId, 1)
  }

  finish(route: ServedRoute, failed: boolean): void {
    route.open -= 1
    if (failed) route.errors += 1
    this.#addOpen(route.releaseId, -1)
  }

  /** The request goes to whatever the route is by then: it never counted here. */
  abandon(route: ServedRoute): void {
    route.requests -= 1
    this.finish(route, false)
  }

  /** Resolves true as soon as the release has no open request, false after timeoutMs. */
  async drained(releaseId: string, timeoutMs: number): Promise<boolean> {
    const isDrained = () => (this.#openByRelease.get(releaseId) ?? 0) === 0
    if (isDrained()) return true
    const { promise, resolve } = Promise.withResolvers<void>()
    const look = () => {
      if (isDrained()) resolve()
    }
    const timer = setTimeout(resolve, timeoutMs)
    this.#waiting.add(look)
    await promise
    clearTimeout(timer)
    this.#waiting.delete(look)
    return isDrained()
  }

  /** Changes one after the other: what is stored last is what is in force. */
  #change(apply: (next: Map<string, Route>) => void): Promise<void> {
    const done = this.#writing.then(async () => {
      const next = new Map<string, Route>(this.#routes)
      apply(next)
      const routes = [...next.values()].map(({ host, releaseId, socketPath }) => ({
        host,
        releaseId,
        socketPath,
      }))
      await writeFileAtomic(this.#file, `${JSON.stringify({ version: 1, routes }, null, 2)}\n`)
      this.#adopt(next)
    })
    this.#writing = done.catch(() => undefined)
    return done
  }

  #adopt(next: Map<string, Route>): void {
    for (const host of [...this.#routes.keys()]) if (!next.has(host)) this.#routes.delete(host)
    for (const [host, route] of next) {
      const now = this.#routes.get(host)
      if (now && now.releaseId === route.releaseId && now.socketPath === route.socketPath) continue
      this.#routes.set(host, fresh(route))
    }
  }

  #addOpen(releaseId: string, by: number): void {
    const open = (this.#openByRelease.get(releaseId) ?? 0) + by
    if (open > 0) this.#openByRelease.set(releaseId, open)
    else this.#openByRelease.delete(releaseId)
    if (open <= 0) for (const look of this.#waiting) look()
  }
}

function fresh({ host, releaseId, socketPath }: Route): ServedRoute {
  return { host, releaseId, socketPath, requests: 0, errors: 0, open: 0 }
}
