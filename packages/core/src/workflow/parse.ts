import type { Diagnostic } from '../base/diagnostics.ts'
import type { DispatchInput, Workflow } from './model.ts'
import { checkNeeds } from './read/check-needs.ts'
import { readCallInterface } from './read/read-call-interface.ts'
import { readConcurrency } from './read/read-concurrency.ts'
import { readDefaults } from './read/read-defaults.ts'
import { readEvents } from './read/read-events.ts'
import { type JobReading, readJob } from './read/read-job.ts'
import { checkKeys, entriesByKey } from './read/read-keys.ts'
import { readPermissions } from './read/read-permissions.ts'
import { readTemplate, readTemplateMap } from './read/read-template.ts'
import { readTokens } from './read/read-tokens.ts'
import { type Located, mapOf, type Reader, refuse, textOf } from './read/reader.ts'
import { addSchemaErrors } from './read/schema-errors.ts'
import { readYaml } from './read/yaml-tree.ts'
import { checkoutAction, idPattern, type ParseOptions } from './supported.ts'

/**
 * Understands a workflow file in GitHub's language. `workflow` is there when no diagnostic is an error;
 * each key that does not work here is an error with its place. Never throws, whatever the text is.
 */
export function parseWorkflow(
  file: string,
  text: string,
  options: ParseOptions = {},
): { workflow?: Workflow; diagnostics: Diagnostic[] } {
  const { root, diagnostics } = readYaml(file, text)
  if (!root) return { diagnostics }
  const reader: Reader = { file, diagnostics }
  try {
    const tokens = readTokens(file, text)
    const actions = new Map(
      [checkoutAction, ...(options.builtinActions ?? [])].map((a) => [a.name.toLowerCase(), a]),
    )
    const workflow = readRoot(
      reader,
      { node: root, token: tokens.value },
      { actions, isReplaced: options.isReplaced, machines: options.machines },
    )
    addSchemaErrors(reader, tokens.context.errors.getErrors())
    diagnostics.sort((a, b) => a.start.line - b.start.line || a.start.column - b.start.column)
    return diagnostics.some((d) => d.severity === 'error') ? { diagnostics } : { workflow, diagnostics }
  } catch (error) {
    refuse(
      reader,
      { start: { line: 1, column: 1 } },
      {
        code: 'invalid-workflow',
        message: error instanceof Error ? error.message : String(error),
        hint: 'The file cannot be understood as a workflow; compare it with one that works.',
      },
    )
    return { diagnostics }
  }
}

function readRoot(reader: Reader, root: Located, reading: JobReading): Workflow | undefined {
  const entries = mapOf(reader, root, 'a workflow')
  if (!entries) return undefined
  checkKeys(reader, entries, 'workflow')
  const {
    name,
    on,
    env,
    jobs,
    defaults,
    permissions,
    concurrency,
    'run-name': runName,
  } = entriesByKey(entries)
  const inherited = readDefaults(reader, defaults)
  if (!on) {
    refuse(reader, root.node, {
      code: 'missing-key',
      message: 'on is missing',
      hint: 'Add `on: [push]` or another event.',
    })
  }
  if (!jobs) {
    refuse(reader, root.node, {
      code: 'missing-key',
      message: 'jobs is missing',
      hint: 'Add `jobs:` with at least one job.',
    })
  }
  const jobEntries = jobs ? (mapOf(reader, jobs, 'jobs') ?? []) : []
  if (jobs && jobEntries.length === 0 && jobs.node.kind === 'map') {
    refuse(reader, jobs.node, {
      code: 'missing-key',
      message: 'there is no job',
      hint: 'Add at least one job.',
    })
  }
  const inputs: DispatchInput[] = []
  const workflow: Workflow = {
    file: reader.file,
    name: name ? textOf(reader, name, 'name') || undefined : undefined,
    on: on ? readEvents(reader, on, inputs) : [],
    ...(inputs.length > 0 ? { inputs } : {}),
    ...readCallInterface(reader, on),
    env: env ? readTemplateMap(reader, env, 'env') : [],
    runName: runName && readTemplate(reader, runName, 'run-name'),
    ...(permissions && { permissions: readPermissions(reader, permissions) }),
    ...(concurrency && { concurrency: readConcurrency(reader, concurrency) }),
    jobs: jobEntries.flatMap((entry) => {
      if (!idPattern.test(entry.key) || entry.key.startsWith('__')) {
        refuse(reader, entry.keyAt, {
          code: 'invalid-id',
          message: `${entry.key} cannot name a job`,
          hint: 'Begin with a letter or _; go on with letters, digits, _ and -.',
        })
      }
      const job = readJob(reader, entry, { ...reading, defaults: inherited })
      return job ? [job] : []
    }),
  }
  const needs = new Map(jobEntries.map((entry) => [entry.key, entry]))
  checkNeeds(reader, workflow.jobs, (key) => needs.get(key))
  return workflow
}
