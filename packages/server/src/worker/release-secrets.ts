import { Failure } from '@signalbox/core/base/failure.ts'
import type { DeployTarget } from '@signalbox/engine/deploy/port.ts'
import { createMasker } from '@signalbox/engine/job/log/masker.ts'
import type { Queryable } from '../db/connect.ts'
import { findDeployment } from '../db/deployments.ts'
import { findEnvironment } from '../db/environments.ts'
import { variablesFor } from '../db/variables.ts'
import type { SecretPlace, Vault } from '../secrets/vault.ts'
import { StoredSpec } from './releases.ts'

/** The longest that a secret may be and still be hidden when the output that is asked for begins within it. */
const beforeBytes = 64 * 1024

interface Deps {
  db: Queryable
  vault: Vault
}

/**
 * The target as the worker and the server use it: what a release's settings take from secrets is filled in at
 * each start, after everything that is stored, and no secret of its project leaves it in output or failures.
 */
export function withReleaseSecrets(target: DeployTarget, deps: Deps): DeployTarget {
  return {
    ...target,
    async start(spec) {
      const release = await readRelease(deps, spec.id)
      if (!release || Object.keys(release.templates).length === 0) return await target.start(spec)
      const used = (await target.state(spec.id)) !== 'running'
      const named = (name: string) => Object.values(release.templates).some((text) => secretIn(text, name))
      const secrets = await deps.vault.open(release.place, { wants: named, used })
      const vars = await variablesFor(deps.db, release.place)
      const filled = Object.entries(release.templates).map(([name, text]) => [
        name,
        fill(text, { secrets, vars }),
      ])
      try {
        return await target.start({ ...spec, env: { ...spec.env, ...Object.fromEntries(filled) } })
      } catch (error) {
        throw masked(error, await maskOf(deps, release.place))
      }
    },
    async output(id, maxBytes) {
      const release = await readRelease(deps, id)
      if (!release) return await target.output(id, maxBytes)
      const mask = await maskOf(deps, release.place)
      const text = await target.output(id, maxBytes + beforeBytes)
      const bytes = Buffer.from(mask(text), 'utf8')
      return bytes.subarray(Math.max(0, bytes.length - maxBytes)).toString('utf8')
    },
  }
}

async function readRelease(deps: Deps, id: string) {
  const deploymentId = /^release-([0-9a-f-]{36})$/.exec(id)?.[1]
  const deployment = deploymentId ? await findDeployment(deps.db, deploymentId) : undefined
  const environment = deployment && (await findEnvironment(deps.db, deployment.environment_id))
  if (!deployment || !environment) return undefined
  const spec = StoredSpec.safeParse(deployment.release_spec)
  return {
    place: { projectId: deployment.project_id, environment: environment.name },
    templates: spec.success ? spec.data.fromSecrets : {},
  }
}

const reference = /\$\{\{\s*(secrets|vars)\s*\.\s*([A-Za-z_][A-Za-z0-9_]*)\s*\}\}/gi

function secretIn(text: string, name: string): boolean {
  return [...text.matchAll(reference)].some(
    ([, kind, wanted]) => kind?.toLowerCase() === 'secrets' && wanted?.toUpperCase() === name,
  )
}

/** Each reference by its value; a Failure `unknown-secret` names one that is not set: no release runs without. */
function fill(text: string, from: { secrets: Record<string, string>; vars: Record<string, string> }): string {
  return text.replaceAll(reference, (_, kind: string, name: string) => {
    const values = kind.toLowerCase() === 'secrets' ? from.secrets : from.vars
    const value = values[name.toUpperCase()]
    if (value !== undefined) return value
    const what = kind.toLowerCase() === 'secrets' ? 'secret' : 'variable'
    throw new Failure(
      'unknown-secret',
      `The ${what} ${name.toUpperCase()} is not set for this environment.`,
      {
        hint: 'Set it under Settings, Secrets, or take it out of the environment variables of the deployment.',
      },
    )
  })
}

/** Hides every secret of the place, line by line; also those that were replaced since the release was started. */
async function maskOf(deps: Deps, place: SecretPlace): Promise<(text: string) => string> {
  const values = await deps.vault.openToHide(place)
  if (values.length === 0) return (text) => text
  const masker = createMasker(values)
  return (text) =>
    text
      .split('\n')
      .map((line) => masker.mask(line))
      .join('\n')
}

function masked(error: unknown, mask: (text: string) => string): unknown {
  if (!(error instanceof Failure)) return error
  const { retryable, hint } = error
  return new Failure(error.code, mask(error.message), { retryable, hint: hint && mask(hint) })
}
