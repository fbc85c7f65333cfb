import { type SupportRow, supportKinds, supportTable } from '@signalbox/core/workflow/support/table.ts'

const head = `# What of GitHub's workflow language works

<!-- Written by \`npm run golden\` from packages/core/src/workflow/support. -->

Every key, event, context and function of GitHub's schema, every workflow command, and every file by which a step hands something on. Parsing refuses from this table, and a test walks it: what works has an example that is taken, what is refused has one that gives just this hint. \`signalbox lint --support\` prints it in your version, with \`--json\` for programs.

- **works**: as GitHub documents it.
- **differs**: it works, in the way that is said.
- **refused**: the file is refused with its place and this hint, before anything runs. A key below a refused one is refused with it.`

const titles: Record<SupportRow['kind'], string> = {
  key: 'Keys',
  event: 'Events',
  filter: 'What may stand under an event',
  context: 'Contexts',
  function: 'Functions',
  command: 'Workflow commands',
  file: 'Files of a step',
  shell: 'Shells',
}

/** docs/reference/workflow-support.md as the table gives it. */
export function workflowSupportPage(): string {
  const rows = supportTable()
  const parts = supportKinds.map((kind) =>
    [
      `## ${titles[kind]}`,
      '',
      `| ${kind} | |`,
      '|---|---|',
      ...rows
        .filter((row) => row.kind === kind)
        .map(
          (row) =>
            `| \`${row.name}\` | ${row.how}${row.note === '' ? '' : `: ${row.note.replaceAll('|', '\\|')}`} |`,
        ),
    ].join('\n'),
  )
  return `${head}\n\n${parts.join('\n\n')}\n`
}
