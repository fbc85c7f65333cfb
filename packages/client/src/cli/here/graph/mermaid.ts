import { type GraphJob, legLines } from './model.ts'

/** The graph as a Mermaid flowchart. https://mermaid.js.org/syntax/flowchart.html */
export function graphMermaid(jobs: readonly GraphJob[]): string {
  const ids = new Map(jobs.map((job, index) => [job.key, `job${index}`]))
  const nodes = jobs.map((job) => {
    const lines = [job.key, ...legLines(job.legs, 12)]
    return `  ${ids.get(job.key)}["${lines.map(escaped).join('<br/>')}"]`
  })
  const arrows = jobs.flatMap((job) =>
    job.needs.flatMap((need) => (ids.has(need) ? [`  ${ids.get(need)} --> ${ids.get(job.key)}`] : [])),
  )
  return `${['flowchart LR', ...nodes, ...arrows].join('\n')}\n`
}

/** Everything but letters, digits and blanks as an entity: a name cannot end the label. */
function escaped(text: string): string {
  return text.replace(/[^\p{L}\p{N} ]/gu, (sign) => `#${sign.codePointAt(0)};`)
}
