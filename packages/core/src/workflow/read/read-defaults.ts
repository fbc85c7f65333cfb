import type { Defaults } from '../model.ts'
import { entriesByKey, nearest } from './read-keys.ts'
import { checkShell } from './read-shell.ts'
import { readTemplate } from './read-template.ts'
import { type Located, mapOf, type Reader, refuse } from './reader.ts'

/** Reads `defaults:` of a workflow or a job; what is not said comes from `above`. */
export function readDefaults(reader: Reader, value: Located | undefined, above: Defaults = {}): Defaults {
  if (!value) return above
  const entries = mapOf(reader, value, 'defaults') ?? []
  refuseOthers(reader, entries, ['run'])
  const { run } = entriesByKey(entries)
  const inner = run ? (mapOf(reader, run, 'defaults.run') ?? []) : []
  refuseOthers(reader, inner, ['shell', 'working-directory'])
  const { shell, 'working-directory': directory } = entriesByKey(inner)
  const template = shell && readTemplate(reader, shell, 'shell')
  if (shell && template && !template.source.includes('${{')) checkShell(reader, shell.node, template.source)
  return {
    shell: template ?? above.shell,
    workingDirectory:
      (directory && readTemplate(reader, directory, 'working-directory')) ?? above.workingDirectory,
  }
}

function refuseOthers(
  reader: Reader,
  entries: NonNullable<ReturnType<typeof mapOf>>,
  known: readonly string[],
): void {
  for (const entry of entries.filter(({ key }) => !known.includes(key))) {
    refuse(reader, entry.keyAt, {
      code: 'unknown-key',
      message: `${entry.key} is not a key of defaults`,
      hint: nearest(entry.key, known),
    })
  }
}
