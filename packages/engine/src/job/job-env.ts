import type { JobRequest, Json } from './port.ts'
import { places } from './steps/step-files.ts'

/** What a path inside is called by what runs there. */
export type Seen = (path: string) => string

/** The `runner` context. */
export function runnerContext(seen: Seen): Record<keyof typeof runner, string> {
  return { ...runner, temp: seen(runner.temp), tool_cache: seen(runner.tool_cache) }
}

/** What RUNNER_* say. */
const runner = {
  name: 'signalbox',
  os: 'Linux',
  arch: process.arch === 'arm64' ? 'ARM64' : 'X64',
  temp: places.temp,
  tool_cache: places.tools,
  environment: 'self-hosted',
}

/** Keys of the `github` context that GitHub hands on as GITHUB_* variables. */
const handedOn = [
  'actor',
  'actor_id',
  'api_url',
  'base_ref',
  'event_name',
  'graphql_url',
  'head_ref',
  'ref',
  'ref_name',
  'ref_protected',
  'ref_type',
  'repository',
  'repository_id',
  'repository_owner',
  'repository_owner_id',
  'retention_days',
  'run_attempt',
  'run_id',
  'run_number',
  'server_url',
  'sha',
  'triggering_actor',
  'workflow',
  'workflow_ref',
  'workflow_sha',
] as const

/** The `github` context with what only the job knows. */
export function githubContext(request: JobRequest, seen: Seen): { [key: string]: Json } {
  return {
    sha: request.checkout.commit,
    ref: request.checkout.ref,
    workflow: request.workflow.name ?? request.workflow.file,
    ...request.github,
    job: request.jobKey,
    workspace: seen(places.workspace),
    event_path: seen(places.event),
  }
}

/** Variables of every step, which no workflow can change: CI, GITHUB_* and RUNNER_*. */
export function defaultEnv(github: { [key: string]: Json }): Record<string, string> {
  const env: Record<string, string> = {
    GITHUB_ACTIONS: 'true',
    GITHUB_JOB: text(github['job']),
    GITHUB_WORKSPACE: places.workspace,
    GITHUB_EVENT_PATH: places.event,
  }
  for (const key of handedOn) {
    if (github[key] !== undefined && github[key] !== null)
      env[`GITHUB_${key.toUpperCase()}`] = text(github[key])
  }
  for (const [key, value] of Object.entries(runner)) env[`RUNNER_${key.toUpperCase()}`] = value
  return env
}

function text(value: Json | undefined): string {
  if (value === undefined || value === null) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
