import { spawnSync } from 'node:child_process'
import { statSync } from 'node:fs'
import { basename, join, relative, resolve } from 'node:path'
import { type Diagnostic, formatDiagnostic } from '@signalbox/core/base/diagnostics.ts'
import { Failure } from '@signalbox/core/base/failure.ts'
import { loadWorkflow } from '@signalbox/core/workflow/link-calls.ts'
import type { Workflow } from '@signalbox/core/workflow/model.ts'
import { parseAction } from '@signalbox/core/workflow/parse-action.ts'
import { createFolderArtifacts } from '@signalbox/engine/actions/folder-artifacts.ts'
import { engineBuiltins } from '@signalbox/engine/actions/registry.ts'
import { folderSource } from '@signalbox/engine/job/source/folder-source.ts'
import type { Cli } from '../cli.ts'
import { exitCodes } from '../exit-code.ts'
import { plain } from '../style.ts'
import { checkoutRoot, findWorkflows, knownWorkflows, readOne, type WorkflowFile } from './find-workflow.ts'
import { diagnosticLine } from './local-json.ts'

const isAction = /^action\.ya?ml$/

/** Reads files, or all workflows and actions of a checkout, prints what is wrong with them; answers the exit code. */
export async function lintFiles(cli: Cli, wanted: readonly string[], json: boolean): Promise<number> {
  const files = filesOf(cli, wanted)
  let errors = 0
  let warnings = 0
  const told = new Set<string>()
  for (const found of files) {
    const { diagnostics } = await readForReading(found)
    for (const one of diagnostics) {
      // From where the person stands, so that the terminal makes a link of it.
      const diagnostic = { ...one, file: relative(cli.cwd, join(found.root, one.file)) }
      const text = formatDiagnostic(diagnostic)
      // A called workflow is read with each that calls it.
      if (told.has(text)) continue
      told.add(text)
      if (one.severity === 'error') errors++
      else warnings++
      if (json) cli.json(diagnosticLine(diagnostic), { line: true })
      else cli.out(`${plain(text)}\n`)
    }
  }
  if (!json) cli.out(`${summary(cli, { files: files.length, errors, warnings })}\n`)
  return errors > 0 ? exitCodes.usage : exitCodes.ok
}

/** What is wrong with a workflow, with those that it calls, or with an action; a workflow without a mistake is there. */
export async function readForReading(
  found: WorkflowFile,
): Promise<{ workflow?: Workflow; diagnostics: Diagnostic[] }> {
  const options = { builtinActions: [...engineBuiltins(createFolderArtifacts('')).values()] }
  if (!isAction.test(basename(found.path))) {
    return await loadWorkflow(found, folderSource(found.root), options)
  }
  return { diagnostics: parseAction(found.file, found.text, options).diagnostics }
}

function filesOf(cli: Cli, wanted: readonly string[]): WorkflowFile[] {
  if (wanted.length > 0) return findWorkflows(cli.cwd, wanted).files
  const root = checkoutRoot(resolve(cli.cwd))
  const paths = [...knownWorkflows(root), ...actionsIn(root)]
  if (paths.length > 0) return paths.map((path) => readOne(root, join(root, path)))
  throw new Failure('usage', `There is no workflow and no action in ${root}.`, {
    hint: 'Name a file: signalbox lint FILE',
  })
}

/** Actions that git knows or would take up, and no link: what is ignored, as node_modules, is somebody else's. */
function actionsIn(root: string): string[] {
  const patterns = ['action.yml', 'action.yaml'].map((name) => `:(glob)**/${name}`)
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--', ...patterns]
  const { status, stdout } = spawnSync('git', args, { cwd: root, encoding: 'utf8', maxBuffer: 1 << 26 })
  if (status !== 0) return []
  const names = [...new Set(stdout.split('\0').filter((name) => name !== ''))]
  return names.filter((name) => statSync(join(root, name), { throwIfNoEntry: false })?.isFile())
}

function summary(cli: Cli, count: { files: number; errors: number; warnings: number }): string {
  const many = (n: number, word: string) => `${n} ${word}${n === 1 ? '' : 's'}`
  const found = [
    ...(count.errors > 0 ? [cli.style.red(many(count.errors, 'error'))] : []),
    ...(count.warnings > 0 ? [cli.style.yellow(many(count.warnings, 'warning'))] : []),
  ]
  return `${many(count.files, 'file')}: ${found.join(', ') || cli.style.green('nothing wrong')}`
}
