import type { Workflow } from '@signalbox/core/workflow/model.ts'
import type { Style } from '../../style.ts'
import { graphMermaid } from './mermaid.ts'
import { graphOf } from './model.ts'
import { graphSvg } from './svg.ts'
import { graphText } from './text.ts'

/** The graph of a workflow in one of its forms. */
export function drawn(workflow: Workflow, format: 'text' | 'svg' | 'mermaid', style: Style): string {
  const jobs = graphOf(workflow)
  if (format === 'mermaid') return graphMermaid(jobs)
  return format === 'svg' ? graphSvg(jobs, workflow.name ?? workflow.file) : graphText(jobs, style)
}
