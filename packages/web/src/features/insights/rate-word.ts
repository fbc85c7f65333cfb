import type { WorkflowInsight } from '@signalbox/core/contract/views/insights.ts'

/** `97 % (29 of 30)`; a dash where nothing succeeded or failed. 100 % is said only when nothing failed. */
export function rateWord(item: Pick<WorkflowInsight, 'successRate' | 'successful' | 'failed'>): string {
  if (item.successRate === null) return '—'
  const percent = item.failed === 0 ? 100 : Math.min(99, Math.round(item.successRate * 100))
  return `${percent} % (${item.successful} of ${item.successful + item.failed})`
}
