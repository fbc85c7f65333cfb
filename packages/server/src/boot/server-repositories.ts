import { Failure } from '@signalbox/core/base/failure.ts'
import type { Config } from '../config.ts'
import type { LocalForge } from '../forge/local/create-local-forge.ts'
import {
  type AtServer,
  fetchFromServer,
  fetchRefsFromServer,
  forgetFetched,
  headAtServer,
} from '../forge/local/fetch-from-server.ts'
import { sendTree } from '../forge/local/send-tree.ts'
import { type Vault, workerGitPurpose } from '../secrets/vault.ts'
import type { WorkerDeps } from '../worker/deps.ts'

type Repositories = Pick<WorkerDeps, 'fetchCommit' | 'fetchHead' | 'fetchRefs' | 'sendTree' | 'forgetFetched'>

/**
 * How this worker gets at commits and hands over what agents made: the server's repositories are its own, or it asks
 * the server that the configuration names, with a credential that the master key gives to both.
 */
export function serverRepositories(config: Config, forge: LocalForge, vault: Vault): Repositories {
  const { serverUrl } = config
  if (serverUrl === undefined) {
    return {
      fetchCommit: async () => {},
      fetchHead: ({ id }, branch) => forge.head(id, branch),
      fetchRefs: async () => 'refs/',
      sendTree: async () => {},
      forgetFetched: async () => {},
    }
  }
  async function at({ id, slug }: { id: string; slug: string }): Promise<AtServer> {
    const [key] = await vault.derived(workerGitPurpose)
    if (!key) throw new Failure('master-key-missing', 'This worker has no master key.')
    const url = `${serverUrl}/git/${encodeURIComponent(slug)}.git`
    return { projectId: id, url, token: key.bytes.toString('base64url') }
  }
  return {
    async fetchCommit(project, commit) {
      await fetchFromServer(forge, { ...(await at(project)), commit })
    },
    async fetchHead(project, branch) {
      const server = await at(project)
      const commit = await headAtServer(forge, { ...server, branch })
      if (commit !== undefined) await fetchFromServer(forge, { ...server, commit })
      return commit
    },
    async fetchRefs(project) {
      return await fetchRefsFromServer(forge, await at(project))
    },
    async sendTree(project, turn) {
      await sendTree(forge, { ...(await at(project)), ...turn })
    },
    forgetFetched: (projectId, inUse) => forgetFetched(forge, projectId, inUse),
  }
}
