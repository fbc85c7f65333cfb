import { z } from 'zod'

/** A host name as it is routed: lower case, without port or trailing dot. */
export const HostName = z
  .string()
  .regex(/^(?!-)[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})*$/, 'a lower-case host name without a port')
  .max(253)

/** One route as it is stored and set: which release's unix socket a host name is served from. */
export const Route = z.object({
  host: HostName,
  releaseId: z.string().regex(/^[a-z0-9-]{1,64}$/),
  socketPath: z.string().startsWith('/').max(107, 'a unix socket path holds at most 107 bytes'),
})
export type Route = z.infer<typeof Route>

/** The file `routes.json` in the ingress's folder. */
export const RoutesFile = z.object({ version: z.literal(1), routes: z.array(Route) })
export type RoutesFile = z.infer<typeof RoutesFile>

/** The file `ingress.json`: which process serves, written by it once it listens. `startedAt` is ISO 8601. */
export const ProcessFile = z.object({ pid: z.int().positive(), port: z.int(), startedAt: z.string() })
export type ProcessFile = z.infer<typeof ProcessFile>

/** A route with its counts since it was set, as the control API answers it. */
export const RouteCounts = z.object({
  host: z.string(),
  releaseId: z.string(),
  requests: z.number(),
  errors: z.number(),
  open: z.number(),
})

/** What a failed control call answers. */
export const ControlError = z.object({ code: z.string(), message: z.string() })
