import { Failure } from '@signalbox/core/base/failure.ts'
import type { FastifyRequest } from 'fastify'
import { closeAudit, openAudit } from '../db/audit-log.ts'
import type { Queryable } from '../db/connect.ts'
import { changedOnly, withoutSecrets } from './audit-values.ts'
import { failureStatus } from './failure-status.ts'

/** One write as the audit log sees it. */
export interface AuditedWrite {
  /** The operation of the API. */
  action: string
  request: FastifyRequest
  params: Record<string, string>
  body: unknown
  projectId: string | undefined
  /** The state that the write may change, as it is now: asked before and after. */
  state: () => Promise<unknown>
}

/** The object that a route is about, the narrowest first. */
const objectKinds = ['deployment', 'job', 'run', 'change', 'project']

/**
 * Runs a write with its row in the audit log: opened before it, so that no write goes unseen, and closed with how
 * it ended and what it changed. A write whose row cannot be stored is not done. One that signs somebody in sets the
 * request's principal: the row is closed in that person's name.
 */
export async function audited<T>(db: Queryable, write: AuditedWrite, run: () => Promise<T>): Promise<T> {
  const before = await write.state()
  const id = await open(db, write)
  const nobody = write.request.principal === undefined
  let answer: T
  try {
    answer = await run()
  } catch (error) {
    const code = error instanceof Failure ? error.code : 'internal'
    const status = failureStatus[code] ?? 500
    const outcome = status < 500 ? 'refused' : 'failed'
    // What the person is told is the failure itself, also where this row has to stay open.
    await closeAudit(db, { id, status, outcome, before: {}, after: { code } }).catch(() => {})
    throw error
  }
  try {
    const { principal } = write.request
    const user = nobody && principal ? { id: principal.userId, name: principal.name } : undefined
    const changed = changedOnly(withoutSecrets(before), withoutSecrets(await write.state()))
    await closeAudit(db, { id, status: 200, outcome: 'done', ...changed, objectId: idOf(answer), user })
  } catch (error) {
    // Done is done: who is told that it failed does it twice. The row stays open, and says that it was begun.
    write.request.log.error({ err: error, auditId: id }, 'the end of a write could not be written down')
  }
  return answer
}

function open(db: Queryable, write: AuditedWrite): Promise<number> {
  const { request, params } = write
  const { principal } = request
  const kind = objectKinds.find((each) => params[each] !== undefined) ?? Object.keys(params)[0]
  return openAudit(db, {
    user_id: principal?.userId ?? null,
    user_name: principal?.name ?? '',
    via: principal?.via ?? 'nobody',
    token_id: principal?.via === 'token' ? principal.tokenId : null,
    ip: request.ip,
    user_agent: (request.headers['user-agent'] ?? '').slice(0, 300),
    request_id: request.id,
    action: write.action,
    project_id: write.projectId ?? null,
    object_kind: kind ?? null,
    object_id: kind === undefined ? null : (params[kind] ?? null),
    asked: withoutSecrets(write.body),
  })
}

function idOf(answer: unknown): string | undefined {
  if (typeof answer !== 'object' || answer === null || !('id' in answer)) return undefined
  return typeof answer.id === 'string' ? answer.id : undefined
}
