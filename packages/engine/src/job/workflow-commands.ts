import { type Annotation, annotationOf, maxAnnotations, unescapeData } from './annotations.ts'
import { type Masker, maxMaskChars, maxMasks } from './masker.ts'

/** Watches a step's output for `::command::` lines; the state of one step. */
export interface CommandReader {
  /** The line as the log shows it, or undefined to leave it out. Masks apply from the next line on. */
  read(line: string): string | undefined
  /** Why the step fails: it used a command that no longer exists, or hid more than a job may. */
  readonly refused: string | undefined
  /** What the step said by ::notice::, ::warning:: and ::error::; unmasked, and only so many. */
  readonly annotations: readonly Annotation[]
}

const replacements: Record<string, string> = {
  'set-output': 'GITHUB_OUTPUT',
  'save-state': 'GITHUB_STATE',
  'set-env': 'GITHUB_ENV',
  'add-path': 'GITHUB_PATH',
}

const tooManyMasks = `the job hides too much with ::add-mask:: (at most ${maxMasks} values or lines of values, ${maxMaskChars / 1024} kB in all); hide fewer values, or give them to the job as secrets`

/** A reader for one step; `add-mask` goes to the job's masker. */
export function createCommandReader(masker: Masker, options: { debug?: boolean } = {}): CommandReader {
  let stopped: string | undefined
  let refused: string | undefined
  let matchers = false
  const annotations: Annotation[] = []
  let unhidden = false
  return {
    read(line) {
      // What could not be hidden may stand in any line from here on.
      if (unhidden) return undefined
      if (!line.includes('::')) return line
      const match = /^\s*::([A-Za-z-]+)(?: ([^:]*(?::(?!:)[^:]*)*))?::([\s\S]*)$/.exec(line)
      if (stopped !== undefined) {
        if (line.trim() === `::${stopped}::`) stopped = undefined
        return line
      }
      if (!match) return line
      const name = (match[1] ?? '').toLowerCase()
      const value = match[3] ?? ''
      if (name === 'add-mask') {
        if (masker.add(unescapeData(value))) return '::add-mask::***'
        unhidden = true
        refused = tooManyMasks
        return `::error::${tooManyMasks}. The rest of this output is left out.`
      }
      if (name === 'stop-commands') stopped = value
      if (name === 'debug' && !options.debug) return undefined
      if (name === 'notice' || name === 'warning' || name === 'error') {
        if (annotations.length < maxAnnotations) annotations.push(annotationOf(name, match[2] ?? '', value))
      }
      if (name === 'add-matcher' && !matchers) {
        matchers = true
        return `${line}\nProblem matchers are not built: lines stay as they are; print ::error file=…,line=…::… for an annotation.`
      }
      if (Object.hasOwn(replacements, name)) {
        refused = `the command ::${name}:: does not exist any more; write to $${replacements[name]}`
      }
      return line
    },
    get refused() {
      return refused
    },
    annotations,
  }
}
