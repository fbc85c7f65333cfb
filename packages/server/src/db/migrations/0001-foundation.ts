import { type Kysely, sql } from 'kysely'

/**
 * The first schema. Times are timestamptz; ids are UUIDs version 7 made by the application. `fence` counts
 * the writes of a row's state: every write names the fence it read (compare-and-set).
 */
const statements = [
  `create table users (
    id uuid primary key, name text not null, role text not null check (role in ('owner')),
    created_at timestamptz not null default now()
  )`,
  `create table login_tokens (
    token_hash bytea primary key, user_id uuid not null references users on delete cascade,
    expires_at timestamptz not null, used_at timestamptz
  )`,
  `create table sessions (
    token_hash bytea primary key, user_id uuid not null references users on delete cascade,
    csrf_token text not null, user_agent text not null default '',
    created_at timestamptz not null default now(), last_seen_at timestamptz not null default now(),
    expires_at timestamptz not null
  )`,
  `create table api_tokens (
    id uuid primary key, user_id uuid not null references users on delete cascade, name text not null,
    token_hash bytea not null unique, created_at timestamptz not null default now(),
    last_used_at timestamptz, revoked_at timestamptz
  )`,
  `create table projects (
    id uuid primary key, slug text not null unique, name text not null, origin_url text,
    sync boolean not null default false, sync_problem text, sample boolean not null default false,
    default_branch text not null, settings jsonb not null, fence bigint not null default 0,
    next_number integer not null default 1, next_run_number integer not null default 1, created_at timestamptz not null default now()
  )`,
  `create table environments (
    id uuid primary key, project_id uuid not null references projects on delete cascade, name text not null,
    host text not null unique, live_deployment_id uuid, fence bigint not null default 0,
    created_at timestamptz not null default now(), unique (project_id, name)
  )`,
  `create table changes (
    id uuid primary key, project_id uuid not null references projects on delete cascade,
    number integer not null, title text not null, goal text not null, mode text not null default 'auto',
    status text not null, conclusion text, waiting_for text, reason text,
    fix_attempts integer not null default 0, fingerprints text[] not null default '{}',
    retry_at timestamptz, has_pull_request boolean not null default false, approved_commit text,
    merge_requested boolean not null default false, merge_requested_commit text,
    validation_run_id uuid, deployment_id uuid, fence bigint not null default 0,
    created_by uuid, created_at timestamptz not null default now(), updated_at timestamptz not null default now(),
    unique (project_id, number)
  )`,
  `create index changes_open on changes (status) where status <> 'completed'`,
  `create index changes_by_project on changes (project_id, id desc)`,
  `create table pull_requests (
    id uuid primary key, project_id uuid not null references projects on delete cascade,
    change_id uuid not null unique references changes on delete cascade, number integer not null,
    title text not null, state text not null default 'open' check (state in ('open', 'merged', 'closed')),
    head_branch text not null, head_commit text not null, base_branch text not null, base_commit text not null,
    merge_commit text, merge_tree text, landed_commit text, policy_files text[] not null default '{}',
    created_at timestamptz not null default now(), merged_at timestamptz, unique (project_id, number)
  )`,
  `create table agent_runs (
    id uuid primary key, change_id uuid not null unique references changes on delete cascade,
    driver text not null, status text not null, conclusion text, turn integer not null default 1,
    response_type text, fence bigint not null default 0,
    created_at timestamptz not null default now(), updated_at timestamptz not null default now()
  )`,
  `create table agent_events (
    agent_run_id uuid not null references agent_runs on delete cascade, turn integer not null,
    seq integer not null, at timestamptz not null default now(), role text not null, kind text not null,
    body text not null, data jsonb not null default '{}', primary key (agent_run_id, turn, seq)
  )`,
  `create table runs (
    id uuid primary key, project_id uuid not null references projects on delete cascade,
    change_id uuid references changes on delete cascade, number integer not null,
    kind text not null check (kind in ('agent', 'validation', 'deploy', 'manual')),
    name text not null, workflow_file text not null, workflow_text text not null,
    workflow_source text not null, commit_id text not null, ref text not null, trusted boolean not null,
    subject jsonb not null default '{}', status text not null, conclusion text, reason text,
    cancel_requested boolean not null default false, fence bigint not null default 0,
    created_at timestamptz not null default now(), started_at timestamptz, completed_at timestamptz,
    unique (project_id, number)
  )`,
  `create index runs_by_change on runs (change_id, id)`,
  `create index runs_by_project on runs (project_id, id desc)`,
  `create index runs_open on runs (status) where status <> 'completed'`,
  `create table jobs (
    id uuid primary key, run_id uuid not null references runs on delete cascade, key text not null,
    name text not null, needs text[] not null default '{}', position integer not null,
    status text not null, conclusion text, reason text, attempt integer not null default 0,
    worker_id uuid, outputs jsonb not null default '{}', fence bigint not null default 0,
    heartbeat_at timestamptz, log_complete boolean not null default false,
    created_at timestamptz not null default now(), started_at timestamptz, completed_at timestamptz,
    unique (run_id, key)
  )`,
  `create index jobs_open on jobs (status) where status <> 'completed'`,
  `create table steps (
    job_id uuid not null references jobs on delete cascade, attempt integer not null, number integer not null,
    name text not null, status text not null, outcome text, conclusion text, exit_code integer, reason text,
    outputs jsonb not null default '{}', started_at timestamptz, completed_at timestamptz,
    primary key (job_id, attempt, number)
  )`,
  `create table log_chunks (
    job_id uuid not null references jobs on delete cascade, attempt integer not null,
    first_line integer not null, line_count integer not null, lines jsonb not null,
    at timestamptz not null default now(), primary key (job_id, attempt, first_line)
  )`,
  `create table egress_requests (
    id uuid primary key, job_id uuid not null references jobs on delete cascade, at timestamptz not null,
    host text not null, port integer not null, method text not null, allowed boolean not null,
    reason text not null, bytes_up bigint not null, bytes_down bigint not null, duration_ms real not null
  )`,
  `create index egress_by_job on egress_requests (job_id, id)`,
  `create table checks (
    pull_request_id uuid not null references pull_requests on delete cascade, commit_id text not null,
    name text not null, conclusion text not null, summary text not null,
    run_id uuid references runs on delete set null, created_at timestamptz not null default now(),
    primary key (pull_request_id, commit_id, name)
  )`,
  `create table evidence (
    run_id uuid primary key references runs on delete cascade,
    change_id uuid references changes on delete cascade, conclusion text not null, fingerprint text,
    summary text not null, failing_step text, exit_code integer, excerpt text not null,
    created_at timestamptz not null default now()
  )`,
  `create table deployments (
    id uuid primary key, project_id uuid not null references projects on delete cascade,
    environment_id uuid not null references environments on delete cascade,
    change_id uuid references changes on delete set null, run_id uuid references runs on delete set null,
    commit_id text not null, trigger text not null check (trigger in ('merge', 'manual', 'rollback')),
    status text not null, conclusion text, reason text,
    release text not null default 'none' check (release in ('none', 'running', 'stopped', 'removed')),
    release_spec jsonb, previous_deployment_id uuid, rollback_of uuid,
    health jsonb, fence bigint not null default 0,
    created_at timestamptz not null default now(), live_at timestamptz, completed_at timestamptz
  )`,
  `create index deployments_by_environment on deployments (environment_id, id desc)`,
  `create unique index one_deployment_at_a_time on deployments (environment_id)
    where status in ('starting', 'checking', 'watching')`,
  `create table workers (
    id uuid primary key, name text not null, pid integer not null, slots integer not null,
    sandbox jsonb not null default '[]', started_at timestamptz not null default now(),
    heartbeat_at timestamptz not null default now(), stopped_at timestamptz
  )`,
  `create table events (
    id bigint generated always as identity primary key, at timestamptz not null default now(),
    type text not null, project_id uuid, change_id uuid, run_id uuid, job_id uuid, deployment_id uuid,
    data jsonb not null default '{}'
  )`,
  `create index events_by_change on events (change_id, id) where change_id is not null`,
]

const tables = [
  'events',
  'workers',
  'deployments',
  'evidence',
  'checks',
  'egress_requests',
  'log_chunks',
  'steps',
  'jobs',
  'runs',
  'agent_events',
  'agent_runs',
  'pull_requests',
  'changes',
  'environments',
  'projects',
  'api_tokens',
  'sessions',
  'login_tokens',
  'users',
]

export async function up(db: Kysely<never>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db)
}

export async function down(db: Kysely<never>): Promise<void> {
  for (const table of tables) await sql.raw(`drop table ${table} cascade`).execute(db)
}
