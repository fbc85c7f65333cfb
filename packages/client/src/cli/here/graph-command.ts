import { relative, resolve } from 'node:path'
import { Failure } from '@signalbox/core/base/failure.ts'
import { z } from 'zod'
import { addCommand, type Family } from '../add-command.ts'
import { exitCodes } from '../exit-code.ts'

const Options = z.object({
  dir: z.string().optional(),
  format: z.enum(['text', 'svg', 'mermaid']).default('text'),
})

/** `graph`: the jobs of a workflow and what each needs. */
export function addGraphCommand({ program, cli, outcome }: Family): void {
  addCommand(program, outcome, {
    usage: 'graph [workflow]',
    summary: 'Draw the jobs of a workflow: needs and legs of matrices.',
    details:
      'WORKFLOW is a file, or the name of one; without it the only one there is. Legs that an earlier job decides are ' +
      'not known before it runs. The SVG stands alone and fits light and dark; Mermaid is what Markdown takes.',
    flags: [
      ['--format <format>', 'text (the default), svg or mermaid'],
      ['--dir <dir>', 'the checkout; by default the current folder'],
    ],
    options: Options,
    examples: [
      'signalbox graph',
      'signalbox graph ci --format svg > ci.svg',
      'signalbox graph ci --format mermaid',
    ],
    json: false,
    async run({ args, options }) {
      const { findWorkflows } = await import('./find-workflow.ts')
      const { files } = findWorkflows(resolve(cli.cwd, options.dir ?? '.'), args)
      const [found, ...others] = files
      if (!found || others.length > 0) {
        throw new Failure('usage', 'There is more than one workflow; name the one to draw.', {
          hint: `Workflows here: ${files.map(({ file }) => file).join(', ')}`,
        })
      }
      const { readForReading } = await import('./lint-files.ts')
      const { workflow, diagnostics } = await readForReading(found)
      if (!workflow) {
        const { formatDiagnostic } = await import('@signalbox/core/base/diagnostics.ts')
        const { plain } = await import('../style.ts')
        for (const one of diagnostics)
          cli.err(`${plain(formatDiagnostic({ ...one, file: relative(cli.cwd, found.path) }))}\n`)
        return exitCodes.usage
      }
      const { drawn } = await import('./graph/drawn.ts')
      cli.out(drawn(workflow, options.format, cli.style))
      return exitCodes.ok
    },
  })
}
