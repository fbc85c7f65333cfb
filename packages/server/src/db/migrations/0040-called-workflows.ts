import { type Kysely, sql } from 'kysely'

/**
 * Workflows that call others: the texts of the called files, with the run; the job that called a job, and what a
 * calling job calls and hands on; outputs that a run takes over from the attempt before, by the keys of jobs.
 */
const statements = [
  `alter table runs
    add column called_workflows jsonb not null default '{}',
    add column kept jsonb not null default '{}'`,
  `alter table jobs
    add column caller_id uuid references jobs on delete cascade,
    add column calls text,
    add column call_inputs jsonb`,
  'create index jobs_by_caller on jobs (caller_id) where caller_id is not null',
]

export async function up(db: Kysely<never>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db)
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql
    .raw('alter table jobs drop column call_inputs, drop column calls, drop column caller_id')
    .execute(db)
  await sql.raw('alter table runs drop column kept, drop column called_workflows').execute(db)
}
