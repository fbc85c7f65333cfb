import { newId } from '@signalbox/core/base/ids.ts'
import { ProjectSettings } from '@signalbox/core/contract/settings.ts'
import { ruleForBranch } from '@signalbox/core/gates/branch-rules.ts'
import { may } from '../auth/principal.ts'
import { sameSecret } from '../auth/secret-token.ts'
import { principalOfToken } from '../auth/sign-in.ts'
import { publicUrlOf } from '../config.ts'
import { findProject } from '../db/projects.ts'
import type { GitHttpDeps } from '../forge/local/http.ts'
import { workerGitPurpose } from '../secrets/vault.ts'
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
        mayRead: (projectId) => may(principal, 'project.read', projectId),
        mayWrite: (projectId) => may(principal, 'change.write', projectId),
      }
    },
    async startPush(projectId) {
      const id = newId()
      await deps.flows.startPush({ projectId, id })
      return {
        async ended(commands, user) {
          const branches = commands.map(({ ref }) => ref.replace(/^refs\/heads\//, ''))
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

const words: Record<PushNews['news'], string> = {
  opened: 'is opened for',
  'validated-again': 'is validated again with',
  closed: 'is closed with',
  unchanged: 'is open for',
}

function told({ branch, changeId, number, news }: PushNews, publicUrl: string): string {
  return `Change #${number} ${words[news]} ${branch}: ${publicUrl}/changes/${changeId}`
}
