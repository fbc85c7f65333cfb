import type { JsonValue } from '@signalbox/core/base/json.ts'
import type { OccurrenceRow } from '../../db/occurrences.ts'
import type { ProjectRow } from '../../db/projects.ts'
import { findUser } from '../../db/users.ts'
import type { CommitFact } from '../../forge/port.ts'
import type { FlowDeps } from '../deps.ts'

/** Longer messages of commits say nothing more to a workflow. */
const messageChars = 10_000
const commitsShown = 20

/** What git says of an occurrence, for its filters and its payload. */
export interface GitFacts {
  /** Of the commit that it is about. */
  head?: CommitFact
  /** Undefined: they could not be listed, so that no filter of paths stops anything. */
  changed?: string[]
  commits: CommitFact[]
}

/** `github.event` of an occurrence, in the shape of GitHub's webhook as far as its facts are known here. */
export async function eventPayload(
  deps: FlowDeps,
  project: ProjectRow,
  { row, facts }: { row: OccurrenceRow; facts: GitFacts },
): Promise<Record<string, JsonValue>> {
  const { userId, ...given } = row.payload
  const user = typeof userId === 'string' ? await findUser(deps.db, userId) : undefined
  const login = user?.name ?? 'signalbox'
  return {
    ...(row.action === null ? {} : { action: row.action }),
    ...(row.name === 'push' ? pushed(row, facts, login) : {}),
    ...given,
    repository: {
      name: project.slug,
      full_name: `signalbox/${project.slug}`,
      default_branch: project.default_branch,
      owner: { login: 'signalbox' },
    },
    sender: { login },
  }
}

function pushed(row: OccurrenceRow, { head, commits }: GitFacts, login: string): Record<string, JsonValue> {
  return {
    ref: row.ref,
    before: row.before_commit ?? '0'.repeat(row.commit_id.length),
    after: row.commit_id,
    created: row.before_commit === null,
    deleted: false,
    base_ref: null,
    head_commit: head ? commitOf(head) : null,
    commits: commits.slice(-commitsShown).map(commitOf),
    pusher: { name: login },
  }
}

function commitOf(fact: CommitFact): Record<string, JsonValue> {
  const { name, email, at } = fact.author
  return {
    id: fact.id,
    message: messageOf(fact),
    timestamp: new Date(at * 1000).toISOString(),
    author: { name, email },
  }
}

/** The message of a commit as it was written, cut where nobody reads on. */
export function messageOf({ subject, body }: CommitFact): string {
  return (body ? `${subject}\n\n${body}` : subject).slice(0, messageChars)
}
