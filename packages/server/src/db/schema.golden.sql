create table accounts (
  id uuid not null,
  account_id text not null,
  provider_id text not null,
  user_id uuid not null,
  access_token text,
  refresh_token text,
  id_token text,
  access_token_expires_at timestamp with time zone,
  refresh_token_expires_at timestamp with time zone,
  scope text,
  password text,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  constraint accounts_pkey PRIMARY KEY (id),
  constraint accounts_provider_id_account_id_key UNIQUE (provider_id, account_id),
  constraint accounts_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE
);
CREATE INDEX accounts_by_user ON accounts USING btree (user_id);

create table agent_events (
  agent_run_id uuid not null,
  turn integer not null,
  seq integer not null,
  at timestamp with time zone not null default now(),
  role text not null,
  kind text not null,
  body text not null,
  data jsonb not null default '{}'::jsonb,
  constraint agent_events_agent_run_id_fkey FOREIGN KEY (agent_run_id) REFERENCES agent_runs(id) ON DELETE CASCADE,
  constraint agent_events_pkey PRIMARY KEY (agent_run_id, turn, seq)
);

create table agent_questions (
  id uuid not null,
  agent_run_id uuid not null,
  turn integer not null,
  job_id uuid not null,
  request jsonb not null,
  status text not null default 'waiting'::text,
  allowed boolean,
  option_id text,
  answered_by uuid,
  asked_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  answered_at timestamp with time zone,
  constraint agent_questions_agent_run_id_fkey FOREIGN KEY (agent_run_id) REFERENCES agent_runs(id) ON DELETE CASCADE,
  constraint agent_questions_answered_by_fkey FOREIGN KEY (answered_by) REFERENCES users(id) ON DELETE SET NULL,
  constraint agent_questions_job_id_fkey FOREIGN KEY (job_id) REFERENCES jobs(id) ON DELETE CASCADE,
  constraint agent_questions_pkey PRIMARY KEY (id),
  constraint agent_questions_status_check CHECK ((status = ANY (ARRAY['waiting'::text, 'answered'::text, 'over'::text])))
);
CREATE INDEX agent_questions_waiting ON agent_questions USING btree (agent_run_id) WHERE (status = 'waiting'::text);

create table agent_runs (
  id uuid not null,
  change_id uuid not null,
  driver text not null,
  status text not null,
  conclusion text,
  turn integer not null default 1,
  response_type text,
  fence bigint not null default 0,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  constraint agent_runs_change_id_fkey FOREIGN KEY (change_id) REFERENCES changes(id) ON DELETE CASCADE,
  constraint agent_runs_change_id_key UNIQUE (change_id),
  constraint agent_runs_pkey PRIMARY KEY (id)
);

create table agent_sessions (
  agent_run_id uuid not null,
  turn integer not null,
  session_id text not null,
  totals jsonb not null,
  home bytea,
  constraint agent_sessions_agent_run_id_fkey FOREIGN KEY (agent_run_id) REFERENCES agent_runs(id) ON DELETE CASCADE,
  constraint agent_sessions_pkey PRIMARY KEY (agent_run_id, turn)
);

create table annotations (
  id uuid not null,
  job_id uuid not null,
  attempt integer not null,
  step integer not null,
  level text not null,
  message text not null,
  title text,
  file text,
  line integer,
  end_line integer,
  col integer,
  end_column integer,
  created_at timestamp with time zone not null default now(),
  constraint annotations_job_id_fkey FOREIGN KEY (job_id) REFERENCES jobs(id) ON DELETE CASCADE,
  constraint annotations_level_check CHECK ((level = ANY (ARRAY['notice'::text, 'warning'::text, 'error'::text]))),
  constraint annotations_pkey PRIMARY KEY (id)
);
CREATE INDEX annotations_by_job ON annotations USING btree (job_id, attempt, id);

create table api_tokens (
  id uuid not null,
  user_id uuid not null,
  name text not null,
  token_hash bytea not null,
  created_at timestamp with time zone not null default now(),
  last_used_at timestamp with time zone,
  revoked_at timestamp with time zone,
  scopes text[],
  project_ids uuid[],
  expires_at timestamp with time zone,
  hint text not null default ''::text,
  constraint api_tokens_pkey PRIMARY KEY (id),
  constraint api_tokens_token_hash_key UNIQUE (token_hash),
  constraint api_tokens_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE
);

create table artifacts (
  id uuid not null,
  run_id uuid not null,
  name text not null,
  blob_key text not null,
  size_bytes bigint not null,
  file_count integer not null,
  sha256 text not null,
  expires_at timestamp with time zone not null,
  created_at timestamp with time zone not null default now(),
  media_type text not null default 'application/gzip'::text,
  constraint artifacts_pkey PRIMARY KEY (id),
  constraint artifacts_run_id_fkey FOREIGN KEY (run_id) REFERENCES runs(id) ON DELETE CASCADE,
  constraint artifacts_run_id_name_key UNIQUE (run_id, name)
);
CREATE INDEX artifacts_by_expiry ON artifacts USING btree (expires_at);

create table audit_log (
  id bigint not null generated always as identity,
  at timestamp with time zone not null default now(),
  user_id uuid,
  user_name text not null default ''::text,
  via text not null,
  token_id uuid,
  ip text not null default ''::text,
  user_agent text not null default ''::text,
  request_id text not null default ''::text,
  action text not null,
  project_id uuid,
  object_kind text,
  object_id text,
  asked jsonb,
  before jsonb,
  after jsonb,
  status integer,
  outcome text not null default 'started'::text,
  constraint audit_log_outcome_check CHECK ((outcome = ANY (ARRAY['started'::text, 'done'::text, 'refused'::text, 'failed'::text]))),
  constraint audit_log_pkey PRIMARY KEY (id)
);
CREATE INDEX audit_log_by_object ON audit_log USING btree (object_id, id DESC) WHERE (object_id IS NOT NULL);
CREATE INDEX audit_log_by_project ON audit_log USING btree (project_id, id DESC) WHERE (project_id IS NOT NULL);
CREATE INDEX audit_log_by_user ON audit_log USING btree (user_id, id DESC) WHERE (user_id IS NOT NULL);

create table branches (
  project_id uuid not null,
  name text not null,
  head_commit text not null,
  constraint branches_pkey PRIMARY KEY (project_id, name),
  constraint branches_project_id_fkey FOREIGN KEY (project_id) REFERENCES projects(id) ON DELETE CASCADE
);

create table caches (
  id uuid not null,
  project_id uuid not null,
  scope text not null,
  key text not null,
  version text not null,
  blob_key text not null,
  size_bytes bigint not null,
  sha256 text not null,
  run_id uuid,
  hits integer not null default 0,
  created_at timestamp with time zone not null default now(),
  last_used_at timestamp with time zone not null default now(),
  constraint caches_blob_key_key UNIQUE (blob_key),
  constraint caches_pkey PRIMARY KEY (id),
  constraint caches_project_id_fkey FOREIGN KEY (project_id) REFERENCES projects(id) ON DELETE CASCADE,
  constraint caches_project_id_scope_version_key_key UNIQUE (project_id, scope, version, key),
  constraint caches_run_id_fkey FOREIGN KEY (run_id) REFERENCES runs(id) ON DELETE SET NULL
);
CREATE INDEX caches_by_run ON caches USING btree (run_id) WHERE (run_id IS NOT NULL);
CREATE INDEX caches_by_use ON caches USING btree (project_id, last_used_at);

create table changes (
  id uuid not null,
  project_id uuid not null,
  number integer not null,
  title text not null,
  goal text not null,
  mode text not null default 'auto'::text,
  status text not null,
  conclusion text,
  waiting_for text,
  reason text,
  fix_attempts integer not null default 0,
  fingerprints text[] not null default '{}'::text[],
  retry_at timestamp with time zone,
  has_pull_request boolean not null default false,
  approved_commit text,
  merge_requested boolean not null default false,
  merge_requested_commit text,
  validation_run_id uuid,
  deployment_id uuid,
  fence bigint not null default 0,
  created_by uuid,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  constraint changes_pkey PRIMARY KEY (id),
  constraint changes_project_id_fkey FOREIGN KEY (project_id) REFERENCES projects(id) ON DELETE CASCADE,
  constraint changes_project_id_number_key UNIQUE (project_id, number)
);
CREATE INDEX changes_by_number ON changes USING btree (number);
CREATE INDEX changes_by_project ON changes USING btree (project_id, id DESC);
CREATE INDEX changes_open ON changes USING btree (status) WHERE (status <> 'completed'::text);

create table checks (
  pull_request_id uuid not null,
  commit_id text not null,
  name text not null,
  conclusion text not null,
  summary text not null,
  run_id uuid,
  created_at timestamp with time zone not null default now(),
  excused boolean not null default false,
  constraint checks_pkey PRIMARY KEY (pull_request_id, commit_id, name),
  constraint checks_pull_request_id_fkey FOREIGN KEY (pull_request_id) REFERENCES pull_requests(id) ON DELETE CASCADE,
  constraint checks_run_id_fkey FOREIGN KEY (run_id) REFERENCES runs(id) ON DELETE SET NULL
);

create table deployments (
  id uuid not null,
  project_id uuid not null,
  environment_id uuid not null,
  change_id uuid,
  run_id uuid,
  commit_id text not null,
  trigger text not null,
  status text not null,
  conclusion text,
  reason text,
  release text not null default 'none'::text,
  release_spec jsonb,
  previous_deployment_id uuid,
  rollback_of uuid,
  health jsonb,
  fence bigint not null default 0,
  created_at timestamp with time zone not null default now(),
  live_at timestamp with time zone,
  completed_at timestamp with time zone,
  constraint deployments_change_id_fkey FOREIGN KEY (change_id) REFERENCES changes(id) ON DELETE SET NULL,
  constraint deployments_environment_id_fkey FOREIGN KEY (environment_id) REFERENCES environments(id) ON DELETE CASCADE,
  constraint deployments_pkey PRIMARY KEY (id),
  constraint deployments_project_id_fkey FOREIGN KEY (project_id) REFERENCES projects(id) ON DELETE CASCADE,
  constraint deployments_release_check CHECK ((release = ANY (ARRAY['none'::text, 'running'::text, 'stopped'::text, 'removed'::text]))),
  constraint deployments_run_id_fkey FOREIGN KEY (run_id) REFERENCES runs(id) ON DELETE SET NULL,
  constraint deployments_trigger_check CHECK ((trigger = ANY (ARRAY['merge'::text, 'manual'::text, 'rollback'::text])))
);
CREATE INDEX deployments_by_environment ON deployments USING btree (environment_id, id DESC);
CREATE UNIQUE INDEX one_deployment_at_a_time ON deployments USING btree (environment_id) WHERE (status = ANY (ARRAY['starting'::text, 'checking'::text, 'watching'::text]));

create table egress_requests (
  id uuid not null,
  job_id uuid not null,
  at timestamp with time zone not null,
  host text not null,
  port integer not null,
  method text not null,
  allowed boolean not null,
  reason text not null,
  bytes_up bigint not null,
  bytes_down bigint not null,
  duration_ms real not null,
  constraint egress_requests_job_id_fkey FOREIGN KEY (job_id) REFERENCES jobs(id) ON DELETE CASCADE,
  constraint egress_requests_pkey PRIMARY KEY (id)
);
CREATE INDEX egress_by_job ON egress_requests USING btree (job_id, id);

create table environment_reviews (
  run_id uuid not null,
  environment text not null,
  user_id uuid not null,
  user_name text not null,
  decision text not null,
  comment text not null,
  at timestamp with time zone not null,
  constraint environment_reviews_decision_check CHECK ((decision = ANY (ARRAY['approved'::text, 'rejected'::text]))),
  constraint environment_reviews_pkey PRIMARY KEY (run_id, environment, user_id),
  constraint environment_reviews_run_id_fkey FOREIGN KEY (run_id) REFERENCES runs(id) ON DELETE CASCADE,
  constraint environment_reviews_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE
);

create table environments (
  id uuid not null,
  project_id uuid not null,
  name text not null,
  host text not null,
  live_deployment_id uuid,
  fence bigint not null default 0,
  created_at timestamp with time zone not null default now(),
  constraint environments_host_key UNIQUE (host),
  constraint environments_pkey PRIMARY KEY (id),
  constraint environments_project_id_fkey FOREIGN KEY (project_id) REFERENCES projects(id) ON DELETE CASCADE,
  constraint environments_project_id_name_key UNIQUE (project_id, name)
);

create table events (
  id bigint not null generated always as identity,
  at timestamp with time zone not null default now(),
  type text not null,
  project_id uuid,
  change_id uuid,
  run_id uuid,
  job_id uuid,
  deployment_id uuid,
  data jsonb not null default '{}'::jsonb,
  constraint events_pkey PRIMARY KEY (id)
);
CREATE INDEX events_by_change ON events USING btree (change_id, id) WHERE (change_id IS NOT NULL);

create table evidence (
  run_id uuid not null,
  change_id uuid,
  conclusion text not null,
  fingerprint text,
  summary text not null,
  failing_step text,
  exit_code integer,
  excerpt text not null,
  created_at timestamp with time zone not null default now(),
  constraint evidence_change_id_fkey FOREIGN KEY (change_id) REFERENCES changes(id) ON DELETE CASCADE,
  constraint evidence_pkey PRIMARY KEY (run_id),
  constraint evidence_run_id_fkey FOREIGN KEY (run_id) REFERENCES runs(id) ON DELETE CASCADE
);

create table group_members (
  id bigint not null generated always as identity,
  project_id uuid not null,
  group_key text not null,
  group_name text not null,
  run_id uuid not null,
  job_id uuid,
  holds boolean not null,
  entered_at timestamp with time zone not null default now(),
  constraint group_members_job_id_fkey FOREIGN KEY (job_id) REFERENCES jobs(id) ON DELETE CASCADE,
  constraint group_members_pkey PRIMARY KEY (id),
  constraint group_members_project_id_fkey FOREIGN KEY (project_id) REFERENCES projects(id) ON DELETE CASCADE,
  constraint group_members_run_id_fkey FOREIGN KEY (run_id) REFERENCES runs(id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX group_holder ON group_members USING btree (project_id, group_key) WHERE holds;
CREATE INDEX group_members_by_run ON group_members USING btree (run_id);
CREATE INDEX group_members_in_order ON group_members USING btree (project_id, group_key, id);
CREATE UNIQUE INDEX group_members_of_job ON group_members USING btree (job_id) WHERE (job_id IS NOT NULL);
CREATE UNIQUE INDEX group_members_of_run ON group_members USING btree (run_id) WHERE (job_id IS NULL);

create table jobs (
  id uuid not null,
  run_id uuid not null,
  key text not null,
  name text not null,
  needs text[] not null default '{}'::text[],
  "position" integer not null,
  status text not null,
  conclusion text,
  reason text,
  attempt integer not null default 0,
  worker_id uuid,
  outputs jsonb not null default '{}'::jsonb,
  fence bigint not null default 0,
  heartbeat_at timestamp with time zone,
  log_complete boolean not null default false,
  created_at timestamp with time zone not null default now(),
  started_at timestamp with time zone,
  completed_at timestamp with time zone,
  job_key text not null,
  leg integer,
  matrix json,
  strategy jsonb,
  cancel_requested boolean not null default false,
  despite_cancel boolean not null default false,
  caller_id uuid,
  calls text,
  call_inputs jsonb,
  cancel_reason text,
  runs_on jsonb,
  no_worker_since timestamp with time zone,
  environment text,
  environment_url text,
  environment_since timestamp with time zone,
  constraint jobs_caller_id_fkey FOREIGN KEY (caller_id) REFERENCES jobs(id) ON DELETE CASCADE,
  constraint jobs_pkey PRIMARY KEY (id),
  constraint jobs_run_id_fkey FOREIGN KEY (run_id) REFERENCES runs(id) ON DELETE CASCADE,
  constraint jobs_run_id_key_key UNIQUE (run_id, key)
);
CREATE INDEX jobs_by_caller ON jobs USING btree (caller_id) WHERE (caller_id IS NOT NULL);
CREATE INDEX jobs_open ON jobs USING btree (status) WHERE (status <> 'completed'::text);

create table log_blobs (
  job_id uuid not null,
  attempt integer not null,
  blob_key text not null,
  line_count integer not null,
  size_bytes bigint not null,
  parts integer[] not null,
  stored_at timestamp with time zone not null default now(),
  constraint log_blobs_job_id_fkey FOREIGN KEY (job_id) REFERENCES jobs(id) ON DELETE CASCADE,
  constraint log_blobs_pkey PRIMARY KEY (job_id, attempt)
);

create table log_chunks (
  job_id uuid not null,
  attempt integer not null,
  first_line integer not null,
  line_count integer not null,
  lines jsonb not null,
  at timestamp with time zone not null default now(),
  constraint log_chunks_job_id_fkey FOREIGN KEY (job_id) REFERENCES jobs(id) ON DELETE CASCADE,
  constraint log_chunks_pkey PRIMARY KEY (job_id, attempt, first_line)
);

create table login_tokens (
  token_hash bytea not null,
  user_id uuid not null,
  expires_at timestamp with time zone not null,
  used_at timestamp with time zone,
  kind text not null default 'sign-in'::text,
  constraint login_tokens_kind_check CHECK ((kind = ANY (ARRAY['sign-in'::text, 'invite'::text, 'reset'::text]))),
  constraint login_tokens_pkey PRIMARY KEY (token_hash),
  constraint login_tokens_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE
);

create table master_keys (
  id text not null,
  created_at timestamp with time zone not null default now(),
  retired_at timestamp with time zone,
  constraint master_keys_pkey PRIMARY KEY (id)
);

create table members (
  project_id uuid not null,
  user_id uuid not null,
  role text not null,
  created_at timestamp with time zone not null default now(),
  constraint members_pkey PRIMARY KEY (user_id, project_id),
  constraint members_project_id_fkey FOREIGN KEY (project_id) REFERENCES projects(id) ON DELETE CASCADE,
  constraint members_role_check CHECK ((role = ANY (ARRAY['viewer'::text, 'member'::text, 'maintainer'::text, 'owner'::text]))),
  constraint members_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE
);
CREATE INDEX members_by_project ON members USING btree (project_id);

create table notification_cursor (
  one boolean not null default true,
  event_id bigint not null,
  constraint notification_cursor_one_check CHECK (one),
  constraint notification_cursor_pkey PRIMARY KEY (one)
);

create table notification_preferences (
  user_id uuid not null,
  muted text[] not null default '{}'::text[],
  mine_only boolean not null default false,
  constraint notification_preferences_pkey PRIMARY KEY (user_id),
  constraint notification_preferences_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE
);

create table notifications (
  id bigint not null generated always as identity,
  user_id uuid not null,
  event_id bigint not null,
  at timestamp with time zone not null,
  kind text not null,
  title text not null,
  body text not null default ''::text,
  project_id uuid not null,
  change_id uuid,
  deployment_id uuid,
  read_at timestamp with time zone,
  constraint notifications_change_id_fkey FOREIGN KEY (change_id) REFERENCES changes(id) ON DELETE CASCADE,
  constraint notifications_deployment_id_fkey FOREIGN KEY (deployment_id) REFERENCES deployments(id) ON DELETE CASCADE,
  constraint notifications_pkey PRIMARY KEY (id),
  constraint notifications_project_id_fkey FOREIGN KEY (project_id) REFERENCES projects(id) ON DELETE CASCADE,
  constraint notifications_user_id_event_id_key UNIQUE (user_id, event_id),
  constraint notifications_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE
);
CREATE INDEX notifications_by_change ON notifications USING btree (change_id) WHERE (change_id IS NOT NULL);
CREATE INDEX notifications_by_user ON notifications USING btree (user_id, id DESC);
CREATE INDEX notifications_unread ON notifications USING btree (user_id) WHERE (read_at IS NULL);

create table occurrences (
  id uuid not null,
  project_id uuid not null,
  change_id uuid,
  name text not null,
  action text,
  ref text not null,
  commit_id text not null,
  before_commit text,
  branch text,
  trusted boolean not null,
  payload jsonb not null default '{}'::jsonb,
  depth integer not null default 0,
  key text,
  status text not null default 'open'::text,
  verdicts jsonb not null default '[]'::jsonb,
  created_at timestamp with time zone not null default now(),
  done_at timestamp with time zone,
  constraint occurrences_change_id_fkey FOREIGN KEY (change_id) REFERENCES changes(id) ON DELETE CASCADE,
  constraint occurrences_pkey PRIMARY KEY (id),
  constraint occurrences_project_id_fkey FOREIGN KEY (project_id) REFERENCES projects(id) ON DELETE CASCADE,
  constraint occurrences_status_check CHECK ((status = ANY (ARRAY['open'::text, 'done'::text])))
);
CREATE INDEX occurrences_by_change ON occurrences USING btree (change_id) WHERE (change_id IS NOT NULL);
CREATE INDEX occurrences_by_project ON occurrences USING btree (project_id, id DESC);
CREATE UNIQUE INDEX occurrences_once ON occurrences USING btree (project_id, key) WHERE (key IS NOT NULL);
CREATE INDEX occurrences_open ON occurrences USING btree (id) WHERE (status = 'open'::text);

create table oidc_keys (
  id uuid not null,
  public_key text not null,
  sealed bytea not null,
  created_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  constraint oidc_keys_pkey PRIMARY KEY (id)
);

create table old_secrets (
  id uuid not null,
  project_id uuid not null,
  environment text not null,
  name text not null,
  sealed bytea not null,
  key_id text not null,
  version integer not null,
  replaced_at timestamp with time zone not null default now(),
  constraint old_secrets_key_id_fkey FOREIGN KEY (key_id) REFERENCES master_keys(id),
  constraint old_secrets_pkey PRIMARY KEY (id),
  constraint old_secrets_project_id_fkey FOREIGN KEY (project_id) REFERENCES projects(id) ON DELETE CASCADE
);
CREATE INDEX old_secrets_by_project ON old_secrets USING btree (project_id, environment);

create table passkeys (
  id uuid not null,
  name text,
  public_key text not null,
  user_id uuid not null,
  credential_id text not null,
  counter integer not null,
  device_type text not null,
  backed_up boolean not null,
  transports text,
  aaguid text,
  created_at timestamp with time zone,
  constraint passkeys_credential_id_key UNIQUE (credential_id),
  constraint passkeys_pkey PRIMARY KEY (id),
  constraint passkeys_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE
);
CREATE INDEX passkeys_by_user ON passkeys USING btree (user_id);

create table projects (
  id uuid not null,
  slug text not null,
  name text not null,
  origin_url text,
  sync boolean not null default false,
  sync_problem text,
  sample boolean not null default false,
  default_branch text not null,
  settings jsonb not null,
  fence bigint not null default 0,
  next_number integer not null default 1,
  next_run_number integer not null default 1,
  created_at timestamp with time zone not null default now(),
  branches_known boolean not null default false,
  constraint projects_pkey PRIMARY KEY (id),
  constraint projects_slug_key UNIQUE (slug)
);

create table pull_requests (
  id uuid not null,
  project_id uuid not null,
  change_id uuid not null,
  number integer not null,
  title text not null,
  state text not null default 'open'::text,
  head_branch text not null,
  head_commit text not null,
  base_branch text not null,
  base_commit text not null,
  merge_commit text,
  merge_tree text,
  landed_commit text,
  policy_files text[] not null default '{}'::text[],
  created_at timestamp with time zone not null default now(),
  merged_at timestamp with time zone,
  branch_deleted boolean not null default false,
  constraint pull_requests_change_id_fkey FOREIGN KEY (change_id) REFERENCES changes(id) ON DELETE CASCADE,
  constraint pull_requests_change_id_key UNIQUE (change_id),
  constraint pull_requests_pkey PRIMARY KEY (id),
  constraint pull_requests_project_id_fkey FOREIGN KEY (project_id) REFERENCES projects(id) ON DELETE CASCADE,
  constraint pull_requests_project_id_number_key UNIQUE (project_id, number),
  constraint pull_requests_state_check CHECK ((state = ANY (ARRAY['open'::text, 'merged'::text, 'closed'::text])))
);

create table pushes (
  id uuid not null,
  project_id uuid not null,
  started_at timestamp with time zone not null,
  constraint pushes_pkey PRIMARY KEY (id),
  constraint pushes_project_id_fkey FOREIGN KEY (project_id) REFERENCES projects(id) ON DELETE CASCADE
);
CREATE INDEX pushes_project ON pushes USING btree (project_id);

create table retention (
  project_id uuid,
  settings jsonb not null,
  updated_at timestamp with time zone not null default now(),
  constraint retention_project_id_fkey FOREIGN KEY (project_id) REFERENCES projects(id) ON DELETE CASCADE,
  constraint retention_project_id_key UNIQUE NULLS NOT DISTINCT (project_id)
);

create table review_comments (
  id uuid not null,
  change_id uuid not null,
  commit_id text not null,
  path text not null,
  side text not null,
  start_line integer not null,
  end_line integer not null,
  quote text not null,
  body text not null,
  author_id uuid,
  state text not null default 'open'::text,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  sent_at timestamp with time zone,
  constraint review_comments_author_id_fkey FOREIGN KEY (author_id) REFERENCES users(id) ON DELETE SET NULL,
  constraint review_comments_change_id_fkey FOREIGN KEY (change_id) REFERENCES changes(id) ON DELETE CASCADE,
  constraint review_comments_check CHECK ((end_line >= start_line)),
  constraint review_comments_check1 CHECK (((state <> 'sent'::text) OR (sent_at IS NOT NULL))),
  constraint review_comments_pkey PRIMARY KEY (id),
  constraint review_comments_side_check CHECK ((side = ANY (ARRAY['old'::text, 'new'::text]))),
  constraint review_comments_start_line_check CHECK ((start_line > 0)),
  constraint review_comments_state_check CHECK ((state = ANY (ARRAY['open'::text, 'sent'::text, 'resolved'::text])))
);
CREATE INDEX review_comments_by_change ON review_comments USING btree (change_id, id);

create table runs (
  id uuid not null,
  project_id uuid not null,
  change_id uuid,
  number integer not null,
  kind text not null,
  name text not null,
  workflow_file text not null,
  workflow_text text not null,
  workflow_source text not null,
  commit_id text not null,
  ref text not null,
  trusted boolean not null,
  subject jsonb not null default '{}'::jsonb,
  status text not null,
  conclusion text,
  reason text,
  cancel_requested boolean not null default false,
  fence bigint not null default 0,
  created_at timestamp with time zone not null default now(),
  started_at timestamp with time zone,
  completed_at timestamp with time zone,
  inputs jsonb not null default '{}'::jsonb,
  attempt integer not null default 1,
  rerun_of uuid,
  concurrency_group text,
  cancel_forced boolean not null default false,
  called_workflows jsonb not null default '{}'::jsonb,
  kept jsonb not null default '{}'::jsonb,
  occurrence_id uuid,
  event_name text,
  event jsonb not null default '{}'::jsonb,
  event_depth integer not null default 0,
  cancel_reason text,
  actions_lock text,
  constraint runs_change_id_fkey FOREIGN KEY (change_id) REFERENCES changes(id) ON DELETE CASCADE,
  constraint runs_kind_check CHECK ((kind = ANY (ARRAY['agent'::text, 'validation'::text, 'deploy'::text, 'manual'::text, 'event'::text]))),
  constraint runs_occurrence_id_fkey FOREIGN KEY (occurrence_id) REFERENCES occurrences(id) ON DELETE SET NULL,
  constraint runs_pkey PRIMARY KEY (id),
  constraint runs_project_id_fkey FOREIGN KEY (project_id) REFERENCES projects(id) ON DELETE CASCADE,
  constraint runs_project_id_number_key UNIQUE (project_id, number),
  constraint runs_rerun_of_fkey FOREIGN KEY (rerun_of) REFERENCES runs(id) ON DELETE SET NULL
);
CREATE INDEX runs_by_change ON runs USING btree (change_id, id);
CREATE INDEX runs_by_concurrency ON runs USING btree (project_id, concurrency_group) WHERE ((concurrency_group IS NOT NULL) AND (status <> 'completed'::text));
CREATE INDEX runs_by_number ON runs USING btree (number);
CREATE INDEX runs_by_outcome ON runs USING btree (kind, status, conclusion);
CREATE INDEX runs_by_project ON runs USING btree (project_id, id DESC);
CREATE INDEX runs_completed ON runs USING btree (completed_at) WHERE (status = 'completed'::text);
CREATE UNIQUE INDEX runs_once_for_event ON runs USING btree (occurrence_id, workflow_file) WHERE ((occurrence_id IS NOT NULL) AND (rerun_of IS NULL));
CREATE INDEX runs_open ON runs USING btree (status) WHERE (status <> 'completed'::text);
CREATE INDEX runs_validated ON runs USING btree (project_id, id DESC) WHERE ((kind = 'validation'::text) AND (status = 'completed'::text));

create table schedules (
  project_id uuid not null,
  workflow_file text not null,
  workflow_name text not null,
  cron text not null,
  timezone text not null,
  next_at timestamp with time zone,
  last_at timestamp with time zone,
  missed integer not null default 0,
  constraint schedules_pkey PRIMARY KEY (project_id, workflow_file, cron, timezone),
  constraint schedules_project_id_fkey FOREIGN KEY (project_id) REFERENCES projects(id) ON DELETE CASCADE
);
CREATE INDEX schedules_due ON schedules USING btree (next_at) WHERE (next_at IS NOT NULL);

create table secrets (
  id uuid not null,
  project_id uuid not null,
  environment text not null default ''::text,
  name text not null,
  sealed bytea not null,
  key_id text not null,
  version integer not null default 1,
  created_by uuid,
  created_at timestamp with time zone not null default now(),
  updated_by uuid,
  updated_at timestamp with time zone not null default now(),
  last_used_at timestamp with time zone,
  handed_out boolean not null default false,
  constraint secrets_key_id_fkey FOREIGN KEY (key_id) REFERENCES master_keys(id),
  constraint secrets_pkey PRIMARY KEY (id),
  constraint secrets_project_id_environment_name_key UNIQUE (project_id, environment, name),
  constraint secrets_project_id_fkey FOREIGN KEY (project_id) REFERENCES projects(id) ON DELETE CASCADE
);
CREATE INDEX secrets_by_key ON secrets USING btree (key_id);

create table sessions (
  id uuid not null,
  token text not null,
  user_id uuid not null,
  expires_at timestamp with time zone not null,
  ip_address text,
  user_agent text,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  constraint sessions_pkey PRIMARY KEY (id),
  constraint sessions_token_key UNIQUE (token),
  constraint sessions_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE
);
CREATE INDEX sessions_by_user ON sessions USING btree (user_id);

create table shells (
  id uuid not null,
  job_id uuid not null,
  snapshot_id uuid,
  user_id uuid,
  ticket_hash bytea,
  created_at timestamp with time zone not null default now(),
  opened_at timestamp with time zone,
  ended_at timestamp with time zone,
  exit_code integer,
  reason text,
  constraint shells_job_id_fkey FOREIGN KEY (job_id) REFERENCES jobs(id) ON DELETE CASCADE,
  constraint shells_pkey PRIMARY KEY (id),
  constraint shells_snapshot_id_fkey FOREIGN KEY (snapshot_id) REFERENCES snapshots(id) ON DELETE SET NULL,
  constraint shells_ticket_hash_key UNIQUE (ticket_hash)
);
CREATE INDEX shells_by_job ON shells USING btree (job_id, id);

create table sign_in_attempts (
  key text not null,
  count integer not null,
  since timestamp with time zone not null,
  constraint sign_in_attempts_pkey PRIMARY KEY (key)
);

create table signing_keys (
  id uuid not null,
  public_key text not null,
  private_key text not null,
  created_at timestamp with time zone not null,
  expires_at timestamp with time zone,
  alg text,
  crv text,
  constraint signing_keys_pkey PRIMARY KEY (id)
);

create table snapshot_leases (
  snapshot_id uuid not null,
  holder text not null,
  worker_id uuid not null,
  created_at timestamp with time zone not null default now(),
  constraint snapshot_leases_pkey PRIMARY KEY (snapshot_id, holder),
  constraint snapshot_leases_snapshot_id_fkey FOREIGN KEY (snapshot_id) REFERENCES snapshots(id) ON DELETE CASCADE
);

create table snapshots (
  id uuid not null,
  store text not null,
  project_id uuid not null,
  change_id uuid,
  kind text not null,
  key text not null,
  state text not null,
  reason text,
  layer text not null,
  paths jsonb not null default '[]'::jsonb,
  size_bytes bigint not null default 0,
  base_id uuid,
  job_id uuid,
  attempt integer,
  step_number integer,
  step_name text,
  command text not null default ''::text,
  hits integer not null default 0,
  created_at timestamp with time zone not null default now(),
  last_used_at timestamp with time zone not null default now(),
  constraint snapshots_base_id_fkey FOREIGN KEY (base_id) REFERENCES snapshots(id),
  constraint snapshots_change_id_fkey FOREIGN KEY (change_id) REFERENCES changes(id) ON DELETE CASCADE,
  constraint snapshots_job_id_fkey FOREIGN KEY (job_id) REFERENCES jobs(id) ON DELETE CASCADE,
  constraint snapshots_kind_check CHECK ((kind = ANY (ARRAY['install'::text, 'failed'::text]))),
  constraint snapshots_layer_key UNIQUE (layer),
  constraint snapshots_pkey PRIMARY KEY (id),
  constraint snapshots_project_id_fkey FOREIGN KEY (project_id) REFERENCES projects(id) ON DELETE CASCADE,
  constraint snapshots_state_check CHECK ((state = ANY (ARRAY['ready'::text, 'unusable'::text])))
);
CREATE INDEX snapshots_by_base ON snapshots USING btree (base_id) WHERE (base_id IS NOT NULL);
CREATE INDEX snapshots_by_job ON snapshots USING btree (job_id) WHERE (job_id IS NOT NULL);
CREATE UNIQUE INDEX snapshots_by_key ON snapshots USING btree (store, project_id, COALESCE(change_id, '00000000-0000-0000-0000-000000000000'::uuid), key);
CREATE INDEX snapshots_by_use ON snapshots USING btree (store, last_used_at);

create table step_summaries (
  job_id uuid not null,
  attempt integer not null,
  step integer not null,
  text text not null,
  constraint step_summaries_job_id_fkey FOREIGN KEY (job_id) REFERENCES jobs(id) ON DELETE CASCADE,
  constraint step_summaries_pkey PRIMARY KEY (job_id, attempt, step)
);

create table steps (
  job_id uuid not null,
  attempt integer not null,
  number integer not null,
  name text not null,
  status text not null,
  outcome text,
  conclusion text,
  exit_code integer,
  reason text,
  outputs jsonb not null default '{}'::jsonb,
  started_at timestamp with time zone,
  completed_at timestamp with time zone,
  kind text,
  constraint steps_job_id_fkey FOREIGN KEY (job_id) REFERENCES jobs(id) ON DELETE CASCADE,
  constraint steps_kind_check CHECK ((kind = ANY (ARRAY['run'::text, 'uses'::text]))),
  constraint steps_pkey PRIMARY KEY (job_id, attempt, number)
);

create table two_factors (
  id uuid not null,
  secret text not null,
  backup_codes text not null,
  user_id uuid not null,
  verified boolean not null default true,
  failed_verification_count integer not null default 0,
  locked_until timestamp with time zone,
  constraint two_factors_pkey PRIMARY KEY (id),
  constraint two_factors_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE,
  constraint two_factors_user_id_key UNIQUE (user_id)
);

create table users (
  id uuid not null,
  name text not null,
  role text not null default 'user'::text,
  created_at timestamp with time zone not null default now(),
  email text,
  disabled_at timestamp with time zone,
  email_verified boolean not null default false,
  image text,
  two_factor_enabled boolean not null default false,
  updated_at timestamp with time zone not null default now(),
  constraint users_pkey PRIMARY KEY (id),
  constraint users_role_check CHECK ((role = ANY (ARRAY['owner'::text, 'admin'::text, 'user'::text])))
);
CREATE UNIQUE INDEX users_email ON users USING btree (email);

create table variables (
  id uuid not null,
  project_id uuid not null,
  environment text not null default ''::text,
  name text not null,
  value text not null,
  updated_by uuid,
  updated_at timestamp with time zone not null default now(),
  constraint variables_pkey PRIMARY KEY (id),
  constraint variables_project_id_environment_name_key UNIQUE (project_id, environment, name),
  constraint variables_project_id_fkey FOREIGN KEY (project_id) REFERENCES projects(id) ON DELETE CASCADE
);

create table verifications (
  id uuid not null,
  identifier text not null,
  value text not null,
  expires_at timestamp with time zone not null,
  created_at timestamp with time zone not null default now(),
  updated_at timestamp with time zone not null default now(),
  constraint verifications_pkey PRIMARY KEY (id)
);
CREATE INDEX verifications_by_identifier ON verifications USING btree (identifier);

create table workers (
  id uuid not null,
  name text not null,
  pid integer not null,
  slots integer not null,
  sandbox jsonb not null default '[]'::jsonb,
  started_at timestamp with time zone not null default now(),
  heartbeat_at timestamp with time zone not null default now(),
  stopped_at timestamp with time zone,
  store text,
  shell_socket text,
  deploys boolean not null default true,
  trouble text,
  stats jsonb not null default '{}'::jsonb,
  labels text[],
  runner_group text not null default 'Default'::text,
  constraint workers_pkey PRIMARY KEY (id)
);
