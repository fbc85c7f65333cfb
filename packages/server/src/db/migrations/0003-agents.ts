import { type Kysely, sql } from 'kysely'

/**
 * What agents ask people, and what an agent keeps of a conversation from one turn to the next. A question is
 * `over` when nobody waits for its answer any more. `home` is a gzipped tar made by the agent: hostile, only
 * ever unpacked inside a sandbox.
 */
const statements = [
  `create table agent_questions (
    id uuid primary key, agent_run_id uuid not null references agent_runs on delete cascade, turn int not null,
    job_id uuid not null references jobs on delete cascade, request jsonb not null,
    status text not null default 'waiting', allowed boolean, option_id text,
    answered_by uuid references users on delete set null, asked_at timestamptz not null,
    expires_at timestamptz not null, answered_at timestamptz,
    constraint agent_questions_status_check check (status in ('waiting', 'answered', 'over'))
  )`,
  `create index agent_questions_waiting on agent_questions (agent_run_id) where status = 'waiting'`,
  `create table agent_sessions (
    agent_run_id uuid not null references agent_runs on delete cascade, turn int not null,
    session_id text not null, totals jsonb not null, home bytea, primary key (agent_run_id, turn)
  )`,
]

export async function up(db: Kysely<never>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db)
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql.raw('drop table agent_sessions').execute(db)
  await sql.raw('drop table agent_questions').execute(db)
}
