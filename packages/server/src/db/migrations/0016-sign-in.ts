import { type Kysely, sql } from 'kysely'

/**
 * The tables of better-auth, in our words: passwords, passkeys, two-factor, sessions. Whoever is signed in signs
 * in once more. `login_tokens.kind`: what a single-use link is for.
 */
const statements = [
  `alter table users add column email_verified boolean not null default false, add column image text,
    add column two_factor_enabled boolean not null default false,
    add column updated_at timestamptz not null default now()`,
  // better-auth looks whether it could insert: it never does, people are invited.
  `alter table users alter column role set default 'user'`,
  `drop table sessions`,
  `create table sessions (
    id uuid primary key, token text not null unique, user_id uuid not null references users on delete cascade,
    expires_at timestamptz not null, ip_address text, user_agent text,
    created_at timestamptz not null default now(), updated_at timestamptz not null default now()
  )`,
  `create index sessions_by_user on sessions (user_id)`,
  `create table accounts (
    id uuid primary key, account_id text not null, provider_id text not null,
    user_id uuid not null references users on delete cascade, access_token text, refresh_token text,
    id_token text, access_token_expires_at timestamptz, refresh_token_expires_at timestamptz, scope text,
    password text, created_at timestamptz not null default now(), updated_at timestamptz not null default now(),
    unique (provider_id, account_id)
  )`,
  `create index accounts_by_user on accounts (user_id)`,
  `create table verifications (
    id uuid primary key, identifier text not null, value text not null, expires_at timestamptz not null,
    created_at timestamptz not null default now(), updated_at timestamptz not null default now()
  )`,
  `create index verifications_by_identifier on verifications (identifier)`,
  `create table passkeys (
    id uuid primary key, name text, public_key text not null,
    user_id uuid not null references users on delete cascade, credential_id text not null unique,
    counter integer not null, device_type text not null, backed_up boolean not null, transports text,
    aaguid text, created_at timestamptz
  )`,
  `create index passkeys_by_user on passkeys (user_id)`,
  `create table two_factors (
    id uuid primary key, secret text not null, backup_codes text not null,
    user_id uuid not null unique references users on delete cascade, verified boolean not null default true,
    failed_verification_count integer not null default 0, locked_until timestamptz
  )`,
  `create table signing_keys (
    id uuid primary key, public_key text not null, private_key text not null,
    created_at timestamptz not null, expires_at timestamptz, alg text, crv text
  )`,
  `create table sign_in_attempts (
    key text primary key, count integer not null, since timestamptz not null
  )`,
  `alter table login_tokens add column kind text not null default 'sign-in'
    check (kind in ('sign-in', 'invite', 'reset'))`,
]

const undo = [
  `alter table login_tokens drop column kind`,
  `drop table sign_in_attempts, signing_keys, two_factors, passkeys, verifications, accounts, sessions`,
  `create table sessions (
    token_hash bytea primary key, user_id uuid not null references users on delete cascade,
    csrf_token text not null, user_agent text not null default '',
    created_at timestamptz not null default now(), last_seen_at timestamptz not null default now(),
    expires_at timestamptz not null
  )`,
  `alter table users alter column role drop default`,
  `alter table users drop column email_verified, drop column image, drop column two_factor_enabled,
    drop column updated_at`,
]

export async function up(db: Kysely<never>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db)
}

export async function down(db: Kysely<never>): Promise<void> {
  for (const statement of undo) await sql.raw(statement).execute(db)
}
