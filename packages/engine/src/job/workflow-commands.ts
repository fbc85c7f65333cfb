import type { Masker } from './masker.ts'

/** Watches a step's output for `::command::` lines; the state of one step. */
export interface CommandReader {
  /** The line as the log shows it, or undefined to leave it out. Masks apply from the next line on. */
  read(line: string): string | undefined
  /** Set when the step used a command that no longer exists: the step fails with it. */
  readonly refused: string | undefined
}

const replacements: Record<string, string> = {
  'set-output': 'GITHUB_OUTPUT',
  'save-state': 'GITHUB_STATE',
  'set-env': 'GITHUB_ENV',
  'add-path': 'GITHUB_PATH',
}

/** A reader for one step; `add-mask` goes to the job's masker. */
export function createCommandReader(masker: Masker): CommandReader {
  let stopped: string | undefined
  let refused: string | undefined
  return {
    read(line) {
      if (!line.includes('::')) return line
      const match = /^\s*::([A-Za-z-]+)(?: [^:]*(?::(?!:)[^:]*)*)?::([\s\S]*)$/.exec(line)
      if (stopped !== undefined) {
        if (line.trim() === `::${stopped}::`) stopped = undefined
        return line
      }
      if (!match) return line
      const name = (match[1] ?? '').toLowerCase()
      const value = match[2] ?? ''
      if (name === 'add-mask') {
        masker.add(unescapeValue(value))
        return '::add-mask::***'
      }
      if (name === 'stop-commands') stopped = value
      if (Object.hasOwn(replacements, name)) {
        refused = `the command ::${name}:: does not exist any more; write to $${replacements[name]}`
      }
      return line
    },
    get refused() {
      return refused
    },
  }
}

function unescapeValue(value: string): string {
  return value.replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%25', '%')
}
