import type { Insights, WorkflowInsight } from '@signalbox/core/contract/views/insights.ts'
import { cut, duration, table } from '../format.ts'
import { plainLine } from '../style.ts'

/** What runs came to, as tables: workflows, common errors, flaky jobs. */
export function insightsText(insights: Insights): string {
  const { workflows, errors, flaky, days } = insights
  if (workflows.length === 0) return `No run in the last ${days} days.\n`
  const head = ['WORKFLOW', 'PROJECT', 'RUNS', 'SUCCESS', 'MEAN', 'MEDIAN', '95TH', 'WAITED']
  const parts = [table([head, ...workflows.map(workflowRow)])]
  if (insights.truncated) parts.push('There were more runs; these are of the newest 20,000.\n')
  if (errors.length > 0) {
    const rows = errors.map((error) => [
      String(error.count),
      error.projectSlug,
      cut(plainLine(`${error.jobKey} / ${error.step}`), 40),
      cut(plainLine(error.reason), 60),
    ])
    parts.push(`Most common errors\n${table([['TIMES', 'PROJECT', 'STEP', 'ERROR'], ...rows])}`)
  }
  if (flaky.length > 0) {
    const rows = flaky.map((job) => [
      plainLine(job.jobKey),
      job.projectSlug,
      job.workflowFile,
      `${job.flakyCommits} of ${job.commits}`,
    ])
    parts.push(`Flaky jobs\n${table([['JOB', 'PROJECT', 'WORKFLOW', 'COMMITS'], ...rows])}`)
  }
  return parts.join('\n')
}

function workflowRow(item: WorkflowInsight): string[] {
  const time = (ms: number | null) => (ms === null ? '-' : duration(ms))
  const ended = item.successful + item.failed
  return [
    cut(plainLine(item.name), 40),
    item.projectSlug,
    String(item.runs),
    ended === 0 ? '-' : `${item.successful} of ${ended}`,
    time(item.meanMs),
    time(item.medianMs),
    time(item.p95Ms),
    time(item.queueMedianMs),
  ]
}
