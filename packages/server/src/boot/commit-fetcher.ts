import { Failure } from '@signalbox/core/base/failure.ts'
import type { Config } from '../config.ts'
import type { LocalForge } from '../forge/local/create-local-forge.ts'
import { fetchFromServer, forgetFetched } from '../forge/local/fetch-from-server.ts'
import { type Vault, workerGitPurpose } from '../secrets/vault.ts'
import type { WorkerDeps } from '../worker/deps.ts'

/**
 * How this worker gets at a commit: the server's repositories are its own, or it fetches from the server that
 * the configuration names, with a credential that the master key gives to both.
 */
export function commitFetcher(
  config: Config,
  forge: LocalForge,
  vault: Vault,
): Pick<WorkerDeps, 'fetchCommit' | 'forgetFetched'> {
  const { serverUrl } = config
  if (serverUrl === undefined) return { fetchCommit: async () => {}, forgetFetched: async () => {} }
  return {
    async fetchCommit({ id, slug }, commit) {
      const [key] = await vault.derived(workerGitPurpose)
      if (!key) throw new Failure('master-key-missing', 'This worker has no master key.')
      const url = `${serverUrl}/git/${encodeURIComponent(slug)}.git`
      await fetchFromServer(forge, { projectId: id, url, token: key.bytes.toString('base64url'), commit })
    },
    forgetFetched: (projectId, inUse) => forgetFetched(forge, projectId, inUse),
  }
}
