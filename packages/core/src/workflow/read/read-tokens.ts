import { FeatureFlags } from '@actions/expressions/features'
import {
  TemplateContext,
  TemplateValidationErrors,
} from '@actions/workflow-parser/templates/template-context'
import { NoOperationTraceWriter } from '@actions/workflow-parser/templates/trace-writer'
import { parseWorkflow } from '@actions/workflow-parser/workflows/workflow-parser'
import { getWorkflowSchema } from '@actions/workflow-parser/workflows/workflow-schema'

/** GitHub's tokens of a workflow file, which know what expressions may name where, and what its schema refuses. */
export function readTokens(file: string, text: string): ReturnType<typeof parseWorkflow> {
  const trace = new NoOperationTraceWriter()
  const context = new TemplateContext(new TemplateValidationErrors(), getWorkflowSchema(), trace)
  // Steps in the background are documented since June 2026; the library has them behind a flag.
  context.state['featureFlags'] = new FeatureFlags({ allowBackgroundSteps: true })
  return parseWorkflow({ name: file, content: text }, context)
}
