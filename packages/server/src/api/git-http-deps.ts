import { newId } from '@signalbox/core/base/ids.ts'
import { ProjectSettings } from '@signalbox/core/contract/settings.ts'
import { ruleForBranch } from '@signalbox/core/gates/branch-rules.ts'
import { z } from 'zod'
import { may } from '../auth/principal.ts'
import { sameSecret } from '../auth/secret-token.ts'
import { principalOfToken } from '../auth/sign-in.ts'
import { publicUrlOf } from '../config.ts'
import { closeAudit, openAudit } from '../db/audit-log.ts'
import { heldTurn } from '../db/jobs.ts'
import { findProject } from '../db/projects.ts'
import type { GitHttpDeps, NewPush } from '../forge/local/http.ts'
import { workerGitPurpose } from '../secrets/vault.ts'
import { withoutSecrets } from './audit-values.ts'
import type { PushNews } from './flows-port.ts'
import type { ServerDeps } from './server-deps.ts'

/** What git over HTTP needs of the rest: who asks, what a branch allows, and what follows a push. */
export function gitHttpDeps(deps: ServerDeps): GitHttpDeps {
  return {
    forge: deps.forge,
    maxPushBytes: deps.config.maxPushBytes,
    async findProject(slug) {
      const project = await findProject(deps.db, slug)
      if (!project) return undefined
      const { protectedBranches } = ProjectSettings.parse(project.settings).repository
      const rules = { protectedBranches, defaultBranch: project.default_branch }
      return { id: project.id, ruleFor: (branch) => ruleForBranch(rules, branch) }
    },
    async authenticate(token) {
      const keys = await deps.vault.derived(workerGitPurpose).catch(() => [])
      if (keys.some((key) => sameSecret(key.bytes.toString('base64url'), token))) {
        return {
          id: 'worker',
          name: 'worker',
          mayRead: () => true,
          mayWrite: () => false,
          anyCommit: true,
        }
      }
      const principal = await principalOfToken(deps, token)
      if (!principal) return undefined
      return {
        id: principal.userId,
        name: principal.name,
        ...(principal.via === 'token' ? { tokenId: principal.tokenId } : {}),
        mayRead: (projectId) => may(principal, 'project.read', projectId),
        mayWrite: (projectId) => may(principal, 'change.write', projectId),
      }
    },
    async heldTurn(held) {
      return z.uuid().safeParse(held.jobId).success ? await heldTurn(deps.db, held) : undefined
    },
    async refusePush(push, reasons) {
      const { id } = await openPush(deps, push)
      // How many refs a push names is up to whoever pushes.
      const after = { code: 'branch-rule', reasons: withoutSecrets(reasons.slice(0, mostBranches)) }
      await closeAudit(deps.db, { id, status: 403, outcome: 'refused', before: {}, after })
    },
    async startPush(push) {
      const { projectId } = push
      const id = newId()
      const audit = await auditPush(deps, push)
      await deps.flows.startPush({ projectId, id })
      return {
        async ended(commands, user) {
          const branches = commands.map(({ ref }) => branchOf(ref))
          await audit.close()
          try {
            const news = await deps.flows.endPush({ id, projectId, userId: user.id, branches })
            return news.map((one) => told(one, publicUrlOf(deps.config)))
          } catch (error) {
            // Its row is still there: the reconciler looks at it again.
            deps.log.error({ err: error, projectId }, 'a push could not be looked at')
            return []
          }
        },
      }
    },
  }
}

const mostBranches = 100

/** Opens the row of a push in the audit log. */
async function openPush(
  deps: ServerDeps,
  { projectId, user, commands, request }: NewPush,
): Promise<{ id: number; names: string[] }> {
  const names = commands.slice(0, mostBranches).map(({ ref }) => branchOf(ref))
  const id = await openAudit(deps.db, {
    user_id: user.id,
    user_name: user.name,
    via: 'token',
    token_id: user.tokenId ?? null,
    ip: request.ip,
    user_agent: (request.headers['user-agent'] ?? '').slice(0, 300),
    request_id: request.id,
    action: 'gitPush',
    project_id: projectId,
    object_kind: 'project',
    object_id: projectId,
    asked: withoutSecrets({ branches: names, more: commands.length - names.length }),
  })
  return { id, names }
}

/** The row of a push in the audit log; it is closed with the branches as they are then, whatever was asked for. */
async function auditPush(deps: ServerDeps, push: NewPush): Promise<{ close(): Promise<void> }> {
  const { projectId } = push
  const { id, names } = await openPush(deps, push)
  const heads = async () => {
    const all = await deps.forge.branches(projectId)
    return Object.fromEntries(names.map((name) => [name, all.get(name) ?? null]))
  }
  const before = await heads()
  return {
    async close() {
      try {
        const after = await heads()
        const moved = names.filter((name) => before[name] !== after[name])
        const of = (all: typeof after) => Object.fromEntries(moved.map((name) => [name, all[name]]))
        const [status, outcome] = moved.length > 0 ? ([200, 'done'] as const) : ([409, 'refused'] as const)
        await closeAudit(deps.db, { id, status, outcome, before: of(before), after: of(after) })
      } catch (error) {
        // The row stays open, and says that a push began.
        deps.log.error({ err: error, projectId }, 'the end of a push could not be written down')
      }
    },
  }
}

function branchOf(ref: string): string {
  return ref.replace(/^refs\/heads\//, '')
}

const words: Record<PushNews['news'], string> = {
  opened: 'is opened for',
  'validated-again': 'is validated again with',
  closed: 'is closed with',
  unchanged: 'is open for',
}

function told({ branch, changeId, number, news }: PushNews, publicUrl: string): string {
  return `Change #${number} ${words[news]} ${branch}: ${publicUrl}/changes/${changeId}`
}
