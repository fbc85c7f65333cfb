import type { ChangeSummary } from '@signalbox/core/contract/views/changes.ts'

interface ChangeGroup {
  name: string
  changes: ChangeSummary[]
}

/** What waits for a person comes first; groups without a change are left out. */
export function groupChanges(changes: ChangeSummary[]): ChangeGroup[] {
  const groups: ChangeGroup[] = [
    { name: 'Waits for you', changes: changes.filter(waitsForPerson) },
    {
      name: 'On its way',
      changes: changes.filter((change) => !waitsForPerson(change) && change.status !== 'completed'),
    },
    { name: 'Ended', changes: changes.filter((change) => change.status === 'completed') },
  ]
  return groups.filter((group) => group.changes.length > 0)
}

/** Whether it asks a person something; an agent that asks for a permission does so while it works. */
export function waitsForPerson(change: Pick<ChangeSummary, 'status' | 'waitingFor'>): boolean {
  return change.status !== 'completed' && (change.status === 'waiting' || change.waitingFor !== null)
}
