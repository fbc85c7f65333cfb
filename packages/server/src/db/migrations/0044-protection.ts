import { type Kysely, sql } from 'kysely'

/** Environments of jobs: which one, its address, since when it is held back, and what people said about it. */
const statements = [
  `alter table jobs add column environment text, add column environment_url text,
    add column environment_since timestamptz`,
  `create table environment_reviews (
    run_id uuid not null references runs on delete cascade, environment text not null,
    user_id uuid not null references users on delete cascade, user_name text not null,
    decision text not null check (decision in ('approved', 'rejected')), comment text not null,
    at timestamptz not null, primary key (run_id, environment, user_id)
  )`,
]

export async function up(db: Kysely<never>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db)
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql.raw('drop table environment_reviews').execute(db)
  await sql
    .raw(
      'alter table jobs drop column environment, drop column environment_url, drop column environment_since',
    )
    .execute(db)
}
