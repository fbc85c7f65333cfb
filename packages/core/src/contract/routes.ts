import type { z } from 'zod'
import { accountRoutes } from './routes/account.ts'
import { auditRoutes } from './routes/audit.ts'
import { changesRoutes } from './routes/changes.ts'
import { commentsRoutes } from './routes/comments.ts'
import { deploymentsRoutes } from './routes/deployments.ts'
import { eventsRoutes } from './routes/events.ts'
import { inboxRoutes } from './routes/inbox.ts'
import { insightsRoutes } from './routes/insights.ts'
import { peopleRoutes } from './routes/people.ts'
import { pipelinesRoutes } from './routes/pipelines.ts'
import { projectsRoutes } from './routes/projects.ts'
import { retentionRoutes } from './routes/retention.ts'
import type { Route } from './routes/route.ts'
import { runsRoutes } from './routes/runs.ts'
import { searchRoutes } from './routes/search.ts'
import { secretsRoutes } from './routes/secrets.ts'
import { servicesRoutes } from './routes/services.ts'
import { sessionRoutes } from './routes/session.ts'
import { snapshotsRoutes } from './routes/snapshots.ts'
import { systemRoutes } from './routes/system.ts'

/** Every route of the HTTP API, by the name of its operation. */
export const routes = {
  ...systemRoutes,
  ...retentionRoutes,
  ...sessionRoutes,
  ...accountRoutes,
  ...peopleRoutes,
  ...projectsRoutes,
  ...changesRoutes,
  ...commentsRoutes,
  ...runsRoutes,
  ...eventsRoutes,
  ...insightsRoutes,
  ...pipelinesRoutes,
  ...deploymentsRoutes,
  ...inboxRoutes,
  ...searchRoutes,
  ...secretsRoutes,
  ...auditRoutes,
  ...snapshotsRoutes,
  ...servicesRoutes,
} as const satisfies Record<string, Route>

export type Routes = typeof routes
export type RouteName = keyof Routes

type Infer<T> = T extends z.ZodType ? z.output<T> : undefined
type InferIn<T> = T extends z.ZodType ? z.input<T> : undefined

/** What a caller hands to a route. */
export interface RouteInput<N extends RouteName> {
  params: Routes[N] extends { params: infer P } ? InferIn<P> : undefined
  query: Routes[N] extends { query: infer Q } ? InferIn<Q> : undefined
  body: Routes[N] extends { body: infer B } ? InferIn<B> : undefined
}

/** What a handler gets, parsed. */
export interface RouteRequest<N extends RouteName> {
  params: Routes[N] extends { params: infer P } ? Infer<P> : undefined
  query: Routes[N] extends { query: infer Q } ? Infer<Q> : undefined
  body: Routes[N] extends { body: infer B } ? Infer<B> : undefined
}

export type RouteResponse<N extends RouteName> = Infer<Routes[N]['response']>
