import type { RouteName, RouteRequest, RouteResponse } from '@signalbox/core/contract/routes.ts'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Principal } from '../auth/principal.ts'
import type { Actor } from './flows-port.ts'

/** What a handler may use besides the parsed request. */
export interface HandlerContext {
  /** Undefined only on public routes. */
  principal: Principal | undefined
  /** Fails on public routes. */
  actor: Actor
  request: FastifyRequest
  reply: FastifyReply
}

export type Handler<N extends RouteName> = (
  request: RouteRequest<N>,
  context: HandlerContext,
) => Promise<RouteResponse<N>>

/** One handler for each route of the contract: the compiler and the boot both miss none. */
export type Handlers = { [N in RouteName]: Handler<N> }
