import { type Reader, refuse } from './reader.ts'
import type { YamlNode } from './yaml-tree.ts'

/** Shells that are known by a word; any other is a command line with `{0}` where the script's file goes. */
export const knownShells = ['bash', 'sh', 'python', 'node', 'pwsh'] as const

/** Refuses a shell that is neither known nor a command line for a script. */
export function checkShell(reader: Reader, at: YamlNode, shell: string): void {
  if (knownShells.some((name) => name === shell)) return
  if (shell === 'cmd' || shell === 'powershell') {
    refuse(reader, at, {
      code: 'unsupported-shell',
      message: `the shell ${shell} is one of Windows`,
      hint: 'Jobs run in a Linux sandbox; use bash, sh, python, node or pwsh.',
    })
    return
  }
  if (shell.includes('{0}') && shell.trim() !== '{0}') return
  refuse(reader, at, {
    code: 'unsupported-shell',
    message: `the shell ${shell} is not known`,
    hint: `Use ${knownShells.join(', ')}, or a command line with {0} for the script, as in: perl {0}`,
  })
}
