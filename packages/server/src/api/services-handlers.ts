import { Failure } from '@signalbox/core/base/failure.ts'
import { ProjectSettings } from '@signalbox/core/contract/settings.ts'
import type { CacheView } from '@signalbox/core/contract/views/services.ts'
import { issuerOf } from '../config.ts'
import { type CacheRow, deleteCache, listCaches, sumCaches } from '../db/caches.ts'
import { oidcAlgorithm, oidcPublicKeys } from '../secrets/oidc-keys.ts'
import type { Handlers } from './handlers.ts'
import { mustFindProject } from './project-handlers.ts'
import type { ServerDeps } from './server-deps.ts'

const most = 500
const claims = [
  ...['sub', 'aud', 'iss', 'exp', 'iat', 'nbf', 'jti', 'actor', 'base_ref', 'environment', 'event_name'],
  ...['head_ref', 'job_workflow_ref', 'ref', 'ref_type', 'repository', 'repository_id', 'repository_owner'],
  ...['run_attempt', 'run_id', 'run_number', 'runner_environment', 'sha', 'workflow', 'workflow_ref'],
  'workflow_sha',
]

/** What the runtime's own services keep, and what others need to check identity tokens. */
export function servicesHandlers(
  deps: ServerDeps,
): Pick<Handlers, 'listCaches' | 'deleteCache' | 'getOidcConfiguration' | 'getOidcKeys'> {
  return {
    async listCaches({ params }) {
      const project = await mustFindProject(deps, params.project)
      const [rows, { count, bytes }] = await Promise.all([
        listCaches(deps.db, { projectId: project.id, limit: most }),
        sumCaches(deps.db, project.id),
      ])
      const maxBytes = ProjectSettings.parse(project.settings).caches.maxMb * 1024 * 1024
      return { items: rows.map(cacheView), count, totalBytes: bytes, maxBytes }
    },
    async deleteCache({ params }) {
      const project = await mustFindProject(deps, params.project)
      const row = await deleteCache(deps.db, { projectId: project.id, id: params.cache })
      if (!row) throw new Failure('not-found', 'There is no such cache.')
      // A crash between the two leaves a blob that no row names, which the nightly sweep deletes.
      await deps.blobs.delete(row.blob_key)
      return {}
    },
    async getOidcConfiguration() {
      const issuer = issuerOf(deps.config)
      return {
        issuer,
        jwks_uri: `${issuer}/.well-known/jwks`,
        subject_types_supported: ['public'],
        response_types_supported: ['id_token'],
        claims_supported: claims,
        id_token_signing_alg_values_supported: [oidcAlgorithm],
        scopes_supported: ['openid'],
      }
    },
    getOidcKeys: async () => ({
      keys: await oidcPublicKeys({ db: deps.db, now: () => deps.clock.now() }),
    }),
  }
}

function cacheView(row: CacheRow): CacheView {
  return {
    id: row.id,
    key: row.key,
    version: row.version,
    scope: row.scope,
    sizeBytes: row.size_bytes,
    hits: row.hits,
    runId: row.run_id,
    createdAt: row.created_at.toISOString(),
    lastUsedAt: row.last_used_at.toISOString(),
  }
}
