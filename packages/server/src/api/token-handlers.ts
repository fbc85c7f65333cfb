import { Failure } from '@signalbox/core/base/failure.ts'
import { newId } from '@signalbox/core/base/ids.ts'
import { permissions } from '@signalbox/core/contract/routes/route.ts'
import { scopesOf } from '@signalbox/core/contract/token-presets.ts'
import { type ApiTokenView, JwkView } from '@signalbox/core/contract/views/people.ts'
import { issueJwt } from '../auth/jwt.ts'
import { isWhole, type Principal, sees } from '../auth/principal.ts'
import { newSecretToken } from '../auth/secret-token.ts'
import { publicKeys } from '../auth/signing-keys.ts'
import { projectSlugs } from '../db/projects.ts'
import { type ApiTokenRow, insertApiToken, listApiTokens, revokeApiToken } from '../db/tokens.ts'
import { tellAccessChanged } from './access-events.ts'
import { principalIn } from './authorize.ts'
import type { Handlers } from './handlers.ts'
import { mustFindProject } from './project-handlers.ts'
import type { ServerDeps } from './server-deps.ts'

type TokenHandlers = Pick<Handlers, 'listTokens' | 'createToken' | 'revokeToken' | 'createJwt' | 'getJwks'>

const dayMs = 24 * 60 * 60_000
const hintLength = 8

/** A person's API tokens. A token makes none that is for more, or for longer, than itself. */
export function tokenHandlers(deps: ServerDeps): TokenHandlers {
  return {
    async listTokens(_request, { request }) {
      const rows = await listApiTokens(deps.db, principalIn(request).userId)
      const slugs = await projectSlugs(
        deps.db,
        rows.flatMap((row) => row.project_ids ?? []),
      )
      return { items: rows.map((row) => tokenView(row, slugs)) }
    },
    async createToken({ body }, { request }) {
      const principal = principalIn(request)
      refuseLimited(principal)
      const { token, hash } = newSecretToken('sbx_')
      const scopes = typeof body.scopes === 'string' ? scopesOf(body.scopes) : body.scopes
      const projects = await Promise.all((body.projects ?? []).map((slug) => mustSee(deps, principal, slug)))
      const now = deps.clock.now()
      const row = await insertApiToken(deps.db, {
        id: newId(),
        userId: principal.userId,
        name: body.name,
        tokenHash: hash,
        hint: token.slice(0, hintLength),
        scopes: scopes ?? undefined,
        projectIds: body.projects && projects.map((project) => project.id),
        expiresAt:
          body.expiresInDays === 'never' ? undefined : new Date(now.getTime() + body.expiresInDays * dayMs),
      })
      const slugs = new Map(projects.map((project) => [project.id, project.slug]))
      return { token, view: tokenView(row, slugs) }
    },
    async createJwt(_request, { request }) {
      const { token, expiresAt } = await issueJwt(deps, principalIn(request))
      return { token, expiresAt: expiresAt.toISOString() }
    },
    async getJwks() {
      return { keys: (await publicKeys(deps)).keys.map((key) => JwkView.parse(key)) }
    },
    async revokeToken({ params }, { request }) {
      const { userId } = principalIn(request)
      const revoked = await deps.db.transaction().execute(async (tx) => {
        const done = await revokeApiToken(tx, { id: params.token, userId, now: deps.clock.now() })
        if (done) await tellAccessChanged(tx, { userId })
        return done
      })
      if (!revoked) throw new Failure('not-found', 'There is no such token.')
      return {}
    },
  }
}

/** What has an end or a limit would get rid of it by making another token. */
function refuseLimited(principal: Principal): void {
  if (isWhole(principal)) return
  throw new Failure('forbidden', 'A token with scopes, projects or an end makes no other tokens.', {
    hint: 'Make the token in the dashboard, under Account.',
  })
}

async function mustSee(deps: ServerDeps, principal: Principal, slugOrId: string) {
  const project = await mustFindProject(deps, slugOrId)
  if (sees(principal, project.id)) return project
  throw new Failure('not-found', 'There is no such project.')
}

function tokenView(row: ApiTokenRow, slugs: ReadonlyMap<string, string>): ApiTokenView {
  return {
    id: row.id,
    name: row.name,
    hint: row.hint,
    scopes: row.scopes && permissions.filter((name) => row.scopes?.includes(name)),
    projects: row.project_ids === null ? null : named(row.project_ids, slugs),
    createdAt: row.created_at.toISOString(),
    lastUsedAt: row.last_used_at?.toISOString() ?? null,
    expiresAt: row.expires_at?.toISOString() ?? null,
  }
}

/** A project that is gone names nothing any more. */
function named(ids: string[], slugs: ReadonlyMap<string, string>): { id: string; slug: string }[] {
  return ids.flatMap((id) => {
    const slug = slugs.get(id)
    return slug === undefined ? [] : [{ id, slug }]
  })
}
