import { type SnapshotOrder, snapshotOrders } from '../features/system/sort-snapshots.ts'
import { type SettingsTab, settingsTabs } from '../lib/settings-tabs.ts'

function text(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value)
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** What lists keep in their address: the project and the filter. */
export function listSearch(search: Record<string, unknown>): { project?: string; q?: string } {
  return { project: text(search['project']), q: text(search['q']) }
}

/** What the list of projects keeps in its address. */
export function filterSearch(search: Record<string, unknown>): { q?: string } {
  return { q: text(search['q']) }
}

/** The list of runs; `start` opens the dialog that runs a workflow. */
export function runsSearch(search: Record<string, unknown>): {
  project?: string
  q?: string
  start?: true
} {
  return { ...listSearch(search), ...(search['start'] === true ? { start: true } : {}) }
}

/** Over how many days insights may look. */
export const insightDays = [7, 30, 90] as const

/** The project and the days of insights; 30 without a word. */
export function insightsSearch(search: Record<string, unknown>): { project?: string; days?: number } {
  return {
    project: text(search['project']),
    days: insightDays.find((days) => days === Number(search['days'])),
  }
}

/** The parts of a run's page; without one in the address: jobs. */
export const runTabs = ['jobs', 'results', 'waterfall', 'workflow', 'network'] as const
export type RunTab = (typeof runTabs)[number]

/** The part, job and step that a run's page shows. */
export function runSearch(search: Record<string, unknown>): { job?: string; step?: number; tab?: RunTab } {
  const step = search['step'] === undefined ? Number.NaN : Number(search['step'])
  return {
    job: text(search['job']),
    step: Number.isInteger(step) && step >= 0 ? step : undefined,
    tab: runTabs.find((tab) => tab === search['tab']),
  }
}

/** The filter and order of the snapshots. */
export function snapshotsSearch(search: Record<string, unknown>): { q?: string; order?: SnapshotOrder } {
  return { q: text(search['q']), order: snapshotOrders.find((order) => order === search['order']) }
}

export function settingsSearch(search: Record<string, unknown>): { tab?: SettingsTab } {
  return { tab: settingsTabs.find((tab) => tab === search['tab']) }
}
