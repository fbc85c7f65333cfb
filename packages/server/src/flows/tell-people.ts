import { ProjectSettings } from '@signalbox/core/contract/settings.ts'
import type { LiveEvent } from '@signalbox/core/contract/views/live.ts'
import {
  type NotificationFacts,
  type NotificationKind,
  type NotificationText,
  notificationOf,
} from '@signalbox/core/domain/notification.ts'
import type { Insertable, Transaction } from 'kysely'
import { findChange } from '../db/changes.ts'
import { findDeployment } from '../db/deployments.ts'
import { findEnvironment } from '../db/environments.ts'
import {
  insertNotifications,
  lockNotificationCursor,
  moveNotificationCursor,
  peopleToTell,
  preferencesOf,
  readAnswered,
} from '../db/notifications.ts'
import { findProject } from '../db/projects.ts'
import type { NotificationsTable } from '../db/schema/inbox.ts'
import type { Database } from '../db/schema.ts'
import type { ChangeRow } from '../db/state-of.ts'
import { appendEvent } from '../events/append.ts'
import { readEvents } from '../events/read.ts'
import type { EventStream } from '../events/subscribe.ts'
import type { FlowDeps } from './deps.ts'

type TellDeps = Pick<FlowDeps, 'db' | 'clock' | 'log'>

const batchSize = 200

/** Looks at the events since the last time and tells people of them, each once; true when there are more. */
export function tellPeople(deps: TellDeps): Promise<boolean> {
  return deps.db.transaction().execute(async (tx) => {
    const cursor = await lockNotificationCursor(tx)
    if (cursor === undefined) return false
    const batch = await readEvents(tx, cursor, batchSize)
    if (batch.cursor === cursor) return false
    const touched = new Set<string>()
    for (const event of batch.events) {
      for (const userId of await tell(deps, tx, event)) touched.add(userId)
    }
    await moveNotificationCursor(tx, batch.cursor)
    if (touched.size > 0) await appendEvent(tx, { type: 'inbox.changed', data: { users: [...touched] } })
    return batch.events.length === batchSize
  })
}

/** Tells of one event; whose inbox is another now. */
async function tell(deps: TellDeps, tx: Transaction<Database>, event: LiveEvent): Promise<string[]> {
  if (!/^(change|deployment)\./.test(event.type) || !event.projectId) return []
  const change = event.changeId ? await findChange(tx, event.changeId) : undefined
  // The rows are gone with their project.
  if (event.changeId && !change) return []
  const answered =
    change && event.data['waitingFor'] === null ? await readAnswered(tx, change.id, deps.clock.now()) : []
  const text = notificationOf(await factsOf(tx, event, change))
  if (!text || !(await tells(tx, event.projectId, text.kind))) return answered
  const rows = await rowsOf(tx, event, { ...text, projectId: event.projectId, change })
  await insertNotifications(tx, rows)
  return [...answered, ...rows.map((row) => row.user_id)]
}

/** Whether the project's settings have people told of this kind at all. */
async function tells(tx: Transaction<Database>, projectId: string, kind: NotificationKind): Promise<boolean> {
  const project = await findProject(tx, projectId)
  return project !== undefined && ProjectSettings.parse(project.settings).notifications.kinds.includes(kind)
}

async function factsOf(
  tx: Transaction<Database>,
  event: LiveEvent,
  change: ChangeRow | undefined,
): Promise<NotificationFacts> {
  // A question that was answered meanwhile is no longer asked.
  const asks = change && change.waiting_for === event.data['waitingFor'] ? change.waiting_for : null
  const over = change?.status === 'completed' && event.data['status'] === 'completed'
  return {
    type: event.type,
    change: change && { number: change.number, title: change.title, reason: change.reason },
    conclusion: over ? change.conclusion : null,
    waitingFor: asks,
    environment: change ? undefined : await environmentOf(tx, event.deploymentId),
  }
}

async function environmentOf(tx: Transaction<Database>, id: string | null): Promise<string | undefined> {
  const deployment = id ? await findDeployment(tx, id) : undefined
  return deployment && (await findEnvironment(tx, deployment.environment_id))?.name
}

async function rowsOf(
  tx: Transaction<Database>,
  event: LiveEvent,
  told: NotificationText & { projectId: string; change: ChangeRow | undefined },
): Promise<Insertable<NotificationsTable>[]> {
  const people = await peopleToTell(tx, told.projectId)
  const preferences = await preferencesOf(tx, people)
  const wants = (userId: string) => {
    const own = preferences.get(userId)
    if (!own) return true
    return !own.muted.includes(told.kind) && (!own.mine_only || told.change?.created_by === userId)
  }
  return people.filter(wants).map((userId) => ({
    user_id: userId,
    event_id: event.id,
    at: new Date(event.at),
    kind: told.kind,
    title: told.title,
    body: told.text,
    project_id: told.projectId,
    change_id: told.change?.id ?? null,
    deployment_id: event.deploymentId,
  }))
}

/** Tells people as events come, one batch at a time, until stopped; a failure is logged and tried again. */
export function startTelling(deps: TellDeps, events: EventStream, retryMs = 5000): { stop(): void } {
  let busy = false
  let again = false
  let stopped = false
  let retry: NodeJS.Timeout | undefined
  async function round(): Promise<void> {
    if (busy || stopped) {
      again = true
      return
    }
    busy = true
    clearTimeout(retry)
    try {
      do {
        again = false
        while (!stopped && (await tellPeople(deps))) {
          // The next batch.
        }
      } while (again && !stopped)
    } catch (error) {
      deps.log.warn({ err: error }, 'people could not be told of news; trying again')
      if (!stopped) retry = setTimeout(() => void round(), retryMs)
    }
    busy = false
  }
  const leave = events.subscribe({
    onEvents: (batch) => {
      if (batch.some((event) => event.type !== 'inbox.changed')) void round()
    },
  })
  void round()
  return {
    stop() {
      stopped = true
      clearTimeout(retry)
      leave()
    },
  }
}
