import { type Kysely, sql } from 'kysely'

/**
 * What people say about lines of a pull request. A comment stays with the commit that it was said of; `sent_at`
 * is set in the transaction that puts it into the agent's conversation.
 */
const statements = [
  `create table review_comments (
    id uuid primary key, change_id uuid not null references changes on delete cascade,
    commit_id text not null, path text not null, side text not null check (side in ('old', 'new')),
    start_line integer not null check (start_line > 0), end_line integer not null,
    quote text not null, body text not null, author_id uuid references users on delete set null,
    state text not null default 'open' check (state in ('open', 'sent', 'resolved')),
    created_at timestamptz not null default now(), updated_at timestamptz not null default now(),
    sent_at timestamptz, check (end_line >= start_line), check (state <> 'sent' or sent_at is not null)
  )`,
  'create index review_comments_by_change on review_comments (change_id, id)',
]

export async function up(db: Kysely<never>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db)
}

export async function down(db: Kysely<never>): Promise<void> {
  await sql.raw('drop table review_comments').execute(db)
}
