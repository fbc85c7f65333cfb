import type { ChangeSummary } from '@signalbox/core/contract/views/changes.ts'

interface ChangeGroup {
  name: string
  changes: ChangeSummary[]
}

/** What needs a person comes first; groups without a change are left out. */
export function groupChanges(changes: ChangeSummary[]): ChangeGroup[] {
  const groups: ChangeGroup[] = [
    { name: 'Needs you', changes: changes.filter((change) => change.status === 'waiting') },
    {
      name: 'On its way',
      changes: changes.filter((change) => change.status !== 'waiting' && change.status !== 'completed'),
    },
    { name: 'Ended', changes: changes.filter((change) => change.status === 'completed') },
  ]
  return groups.filter((group) => group.changes.length > 0)
}
