import { needs } from '@signalbox/core/contract/roles.ts'
import type { Permission, Route } from '@signalbox/core/contract/routes/route.ts'
import { routes } from '@signalbox/core/contract/routes.ts'

const head = `# The HTTP API

<!-- Written by \`npm run golden\` from packages/core/src/contract. -->

This is every route. Your own server describes what each takes and answers, field by field, at \`/api/docs\` (OpenAPI 3.1: \`/api/openapi.json\`); any generator of clients reads that.

- **Sign in** with an API token: \`Authorization: Bearer sbx_…\`. How to make one, and how to give it less than you may: [people, roles and tokens](../guide/people.md#api-tokens).
- **Permission** is what a token's scopes name. **Least role** is who has it; an owner or admin of the machine has every project. What somebody may not see is answered as if it were not there (404).
- **Failures** are \`application/problem+json\` (RFC 9457): \`code\` for programs, \`detail\` for people, often \`hint\` with the next step, and \`requestId\`, as in the log.
- **Lists** are pages: \`limit\` (50, at most 200) and \`before\`, the \`next\` of the page before, where a route has them.
- **Live events**: WebSocket at \`/api/live\`, server-sent events at \`/api/events\`. Each has an id; the last one seen is where a new connection goes on. A person has \`SIGNALBOX_MAX_LIVE_CONNECTIONS\` of both together: one more is closed with 4029, or answered with 429.
- **Too many requests** are answered with 429 and \`retry-after\`; the limits are \`SIGNALBOX_RATE_LIMIT_PER_MINUTE\` and its relative in the [configuration](configuration.md).`

/** docs/reference/api.md as the contract gives it. */
export function apiPage(): string {
  const all: Route[] = Object.values(routes)
  const parts = [...Map.groupBy(all, (route) => route.tag)].map(([tag, group]) =>
    [
      `## ${tag.charAt(0).toUpperCase()}${tag.slice(1)}`,
      '',
      '| route | what it does | permission | least role |',
      '|---|---|---|---|',
      ...group.map(
        (route) =>
          `| \`${route.method} ${route.path}\` | ${route.summary.replaceAll('|', '\\|')} | \`${route.permission}\` | ${leastRole(route.permission)} |`,
      ),
    ].join('\n'),
  )
  return `${head}\n\n${parts.join('\n\n')}\n`
}

function leastRole(permission: Permission): string {
  const need = needs[permission]
  switch (need.on) {
    case 'nothing':
      return 'nobody need sign in'
    case 'sign-in':
      return 'whoever is signed in'
    case 'instance':
      return `${need.role} of the machine`
    case 'project':
      return `${need.role} of the project`
  }
}
