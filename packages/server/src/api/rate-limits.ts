import rateLimit from '@fastify/rate-limit'
import { Failure } from '@signalbox/core/base/failure.ts'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { hashToken } from '../auth/secret-token.ts'

export interface RateLimits {
  /** For each address without a valid session or token, and for each API token. 0: none. */
  perMinute: number
  /** For each session of a browser. 0: none. */
  browserPerMinute: number
  /** The token of this machine's own command line, hashed as `hashToken` does: it is not limited. */
  machineToken: Buffer | undefined
}

type Caller = { kind: 'machine' } | { kind: 'token' | 'browser' | 'anonymous' | 'git'; key: string }

const windowMs = 60_000
/** One fetch or push is several requests, and an office or a worker has one address. */
const gitFactor = 10
/** Callers that are remembered as valid; a forgotten one counts with its address for one request. */
const rememberedAtMost = 10_000

/**
 * Limits requests by who asks, in this process. A token or a session counts by itself only after it was found
 * valid: made-up ones all count with the address that they come from. Pages, scripts and fonts are not counted.
 */
export async function limitRates(app: FastifyInstance, limits: RateLimits): Promise<void> {
  const valid = new Set<string>()
  const max = {
    token: limits.perMinute,
    anonymous: limits.perMinute,
    browser: limits.browserPerMinute,
    git: limits.perMinute * gitFactor,
  }

  function callerOf(request: FastifyRequest): Caller {
    const { authorization, cookie } = request.headers
    if (placeOf(request).startsWith('/git/')) return { kind: 'git', key: `git ${request.ip}` }
    const bearer = authorization === undefined ? undefined : /^Bearer (\S+)$/i.exec(authorization)?.[1]
    if (bearer !== undefined && limits.machineToken?.equals(hashToken(bearer))) {
      return { kind: 'machine' }
    }
    const shown = shownBy(request)
    if (shown !== undefined && valid.has(shown)) {
      return { kind: authorization === undefined && cookie !== undefined ? 'browser' : 'token', key: shown }
    }
    return { kind: 'anonymous', key: `address ${request.ip}` }
  }

  await app.register(rateLimit, { global: false })
  const count = app.createRateLimit({
    timeWindow: windowMs,
    keyGenerator(request) {
      const caller = callerOf(request)
      return caller.kind === 'machine' ? 'machine' : caller.key
    },
    max(request) {
      const caller = callerOf(request)
      return caller.kind === 'machine' ? Number.MAX_SAFE_INTEGER : max[caller.kind]
    },
    allowList(request) {
      const caller = callerOf(request)
      return !isCounted(placeOf(request)) || caller.kind === 'machine' || max[caller.kind] === 0
    },
  })
  // Before the hooks of routes: who is refused there is counted as well.
  app.addHook('onRequest', async (request, reply) => {
    const counted = await count(request)
    if (counted.isAllowed) return
    reply.header('ratelimit-limit', counted.max)
    reply.header('ratelimit-remaining', counted.remaining)
    reply.header('ratelimit-reset', counted.ttlInSeconds)
    if (!counted.isExceeded) return
    reply.header('retry-after', counted.ttlInSeconds)
    throw new Failure('too-many-requests', `More than ${counted.max} requests in a minute.`, {
      hint: `Try again in ${counted.ttlInSeconds} s. SIGNALBOX_RATE_LIMIT_PER_MINUTE says how many an API token has.`,
    })
  })
  app.addHook('onResponse', async (request) => {
    const shown = request.principal ? shownBy(request) : undefined
    if (shown === undefined) return
    if (valid.size >= rememberedAtMost) valid.delete(valid.values().next().value ?? '')
    valid.add(shown)
  })
}

/** What a caller shows of itself, as a digest: nothing that could be used is kept. */
function shownBy(request: FastifyRequest): string | undefined {
  const shown = request.headers.authorization ?? request.headers.cookie
  return shown === undefined ? undefined : hashToken(shown).toString('base64url')
}

/** The route that answers: an address may be written in many ways (`/%61pi`), and a route only in one. */
function placeOf(request: FastifyRequest): string {
  return request.is404 ? request.url : (request.routeOptions.url ?? request.url)
}

function isCounted(url: string): boolean {
  return /^\/(api|git|metrics)(\/|\?|$)/.test(url) && !/^\/api\/docs(\/|\?|$)/.test(url)
}
