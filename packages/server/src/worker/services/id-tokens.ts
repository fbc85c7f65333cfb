import { Failure } from '@signalbox/core/base/failure.ts'
import { newId } from '@signalbox/core/base/ids.ts'
import type { JobRequest } from '@signalbox/engine/job/port.ts'
import type { IdTokenIssuer } from '@signalbox/engine/services/port.ts'
import { SignJWT } from 'jose'
import { issuerOf } from '../../config.ts'
import type { ProjectRow } from '../../db/projects.ts'
import type { JobRow, RunRow } from '../../db/state-of.ts'
import { oidcAlgorithm, oidcSigningKey } from '../../secrets/oidc-keys.ts'
import type { WorkerDeps } from '../deps.ts'
import { environmentOf } from '../job-request.ts'

const lifeSeconds = 10 * 60
const maxAudience = 300

/** Issues tokens that say which job this is, to jobs of trusted runs that ask for it with `id-token: write`. */
export function jobIdTokens(
  deps: Pick<WorkerDeps, 'db' | 'vault' | 'clock' | 'config'>,
  given: { project: ProjectRow; run: RunRow; job: JobRow },
): IdTokenIssuer {
  const { project, run } = given
  return {
    async issue(request, audience) {
      if (!run.trusted || run.kind === 'agent') {
        throw new Failure(
          'id-token-refused',
          'A run that no trusted person or branch began gets no identity token',
        )
      }
      if (audience !== undefined && (audience === '' || audience.length > maxAudience))
        throw new Failure('invalid-input', `The audience is empty, or longer than ${maxAudience} characters`)
      const issuer = issuerOf(deps.config)
      const environment = await environmentOf(deps, run)
      const now = deps.clock.now()
      const seconds = Math.floor(now.getTime() / 1000)
      const { id, key } = await oidcSigningKey({ db: deps.db, vault: deps.vault, now: () => now })
      return await new SignJWT(claimsOf(request, { project, run, environment }))
        .setProtectedHeader({ alg: oidcAlgorithm, kid: id, typ: 'JWT' })
        .setJti(newId())
        .setIssuer(issuer)
        .setAudience(audience ?? issuer)
        .setSubject(subjectOf(request, environment))
        .setIssuedAt(seconds)
        .setNotBefore(seconds - 30)
        .setExpirationTime(seconds + lifeSeconds)
        .sign(key)
    },
  }
}

/** GitHub's forms of `sub`: an environment before a pull request, and that before a ref. */
export function subjectOf({ github }: Pick<JobRequest, 'github'>, environment: string): string {
  const repository = `repo:${text(github['repository'])}`
  if (environment !== '') return `${repository}:environment:${environment.replaceAll(':', '%3A')}`
  const event = text(github['event_name'])
  if (event === 'pull_request' || event === 'pull_request_target') return `${repository}:pull_request`
  return `${repository}:ref:${text(github['ref'])}`
}

/** As GitHub names them (https://docs.github.com/actions/reference/security/oidc). */
function claimsOf(
  request: Pick<JobRequest, 'github'>,
  { project, run, environment }: { project: ProjectRow; run: RunRow; environment: string },
): Record<string, string> {
  const { github } = request
  const repository = text(github['repository'])
  const workflowRef = text(github['workflow_ref']) || `${repository}/${run.workflow_file}@${run.ref}`
  const names = ['actor', 'base_ref', 'event_name', 'head_ref', 'ref', 'ref_type', 'sha', 'workflow'] as const
  return {
    ...Object.fromEntries(names.map((name) => [name, text(github[name])])),
    repository,
    repository_id: project.id,
    repository_owner: text(github['repository_owner']),
    run_id: run.id,
    run_number: String(run.number),
    run_attempt: String(run.attempt),
    workflow_ref: workflowRef,
    workflow_sha: text(github['workflow_sha']) || run.commit_id,
    job_workflow_ref: text(github['job_workflow_ref']) || workflowRef,
    runner_environment: 'self-hosted',
    ...(environment === '' ? {} : { environment }),
  }
}

function text(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}
