import { commands } from '@signalbox/core/workflow/support/output.ts'
import { places } from '../steps/step-files.ts'
import { type Annotation, annotationOf, maxAnnotations } from './annotations.ts'
import { type CommandLine, escapeData, isCommand, parseCommandLine } from './command-line.ts'
import { type Masker, maxMaskChars, maxMasks } from './masker.ts'

/** Watches a step's output for workflow commands and problems; the state of one step. */
export interface CommandReader {
  /** The line as the log shows it, or undefined to leave it out. Masks apply from the next line on. */
  read(line: string): string | undefined
  /** Why the step fails: a command was wrong, is refused, or hid more than a job may. */
  readonly refused: string | undefined
  /** What the step said of places of the code; unmasked, and only so many. */
  readonly annotations: readonly ReadAnnotation[]
  /** What commands of old handed on since it was last asked for; command files, read later, count more. */
  takeHandedOn(): HandedOnByCommands
  /** Fails the step in these words; answers the line that says so. */
  fail(message: string): string
  /** Adds an error that fails nothing; answers the line that says so. */
  complain(message: string): string
  /** Takes notice of the variables by which a workflow allows commands that are refused otherwise. */
  allow(env: Readonly<Record<string, string>>): void
}

/** An annotation; the file of a `found` one is still to be looked for in the workspace. */
export type ReadAnnotation = Annotation & { found?: true }

/** What `set-output`, `save-state`, `set-env` and `add-path` said; the last of a name counts. */
export interface HandedOnByCommands {
  outputs: Map<string, string>
  state: Map<string, string>
  env: Map<string, string>
  /** In the order said. */
  path: string[]
}

/** What commands ask of others. */
export interface CommandOptions {
  /** Shows debug lines, and echoes commands from the start. */
  debug?: boolean | undefined
  /** Registers problem matchers; output waits until it is done. */
  addMatchers?: ((path: string) => void) | undefined
  removeMatchers?: ((by: { owner: string } | { path: string }) => void) | undefined
  /** The problem that a line tells of. */
  problem?: ((line: string) => Annotation | undefined) | undefined
}

/** What a job may hide by add-mask, in words. */
const tooManyMasks = `the job hides too much with ::add-mask:: (at most ${maxMasks} values or lines of values, ${maxMaskChars / 1024} kB in all); hide fewer values, or give them to the job as secrets`

/** A step hands on at most so much by commands. */
const maxHandedOnChars = 1024 * 1024

function nothingHandedOn(): HandedOnByCommands {
  return { outputs: new Map(), state: new Map(), env: new Map(), path: [] }
}

interface Reading {
  masker: Masker
  options: CommandOptions
  annotations: ReadAnnotation[]
  handedOn: HandedOnByCommands
  handedOnChars: number
  refused: string | undefined
  echo: boolean
  stopped: string | undefined
  /** What could not be hidden may stand in any line from here on. */
  unhidden: boolean
  unsecure: boolean
  unsecureTokens: boolean
  /** Commands of old that a warning was already said of. */
  warned: Set<string>
}

/** A reader for one step; `add-mask` goes to the job's masker. */
export function createCommandReader(masker: Masker, options: CommandOptions = {}): CommandReader {
  const reading: Reading = {
    masker,
    options,
    annotations: [],
    handedOn: nothingHandedOn(),
    handedOnChars: 0,
    refused: undefined,
    echo: options.debug === true,
    stopped: undefined,
    unhidden: false,
    unsecure: false,
    unsecureTokens: false,
    warned: new Set(),
  }
  return {
    read(line) {
      if (reading.unhidden) return undefined
      const command =
        line.includes('::') || line.includes('##[') ? parseCommandLine(line, reading.stopped) : undefined
      if (reading.stopped !== undefined) {
        if (command?.name !== reading.stopped.toLowerCase()) return plainLine(reading, line)
        reading.stopped = undefined
        return line
      }
      return command ? obey(reading, command) : plainLine(reading, line)
    },
    get refused() {
      return reading.refused
    },
    annotations: reading.annotations,
    takeHandedOn() {
      const { handedOn } = reading
      reading.handedOn = nothingHandedOn()
      return handedOn
    },
    complain: (message) => say(reading, 'error', message),
    fail: (message) => fail(reading, message),
    allow(env) {
      reading.unsecure = isTrue(env['ACTIONS_ALLOW_UNSECURE_COMMANDS'])
      reading.unsecureTokens = isTrue(env['ACTIONS_ALLOW_UNSECURE_STOPCOMMAND_TOKENS'])
    },
  }
}

function isTrue(text: string | undefined): boolean {
  return text?.trim().toLowerCase() === 'true'
}

function plainLine(reading: Reading, line: string): string {
  const problem = reading.options.problem?.(line)
  if (problem) annotate(reading, { ...problem, found: true })
  return line
}

function annotate(reading: Reading, annotation: ReadAnnotation): void {
  if (reading.annotations.length < maxAnnotations) reading.annotations.push(annotation)
}

/** Does what a command says; answers what the log shows of it. */
function obey(reading: Reading, command: CommandLine): string | undefined {
  const { name, data, text } = command
  const echoed = reading.echo ? text : undefined
  switch (name) {
    case 'add-mask':
      return hide(reading, data)
    case 'stop-commands':
      return stop(reading, data, text)
    case 'debug':
      return reading.options.debug ? text : undefined
    case 'notice':
    case 'warning':
    case 'error':
      annotate(reading, said(name, command))
      return text
    case 'group':
    case 'endgroup':
      return text
    case 'echo':
      return setEcho(reading, data) ?? echoed
    case 'add-matcher':
      if (data === '') return warn(reading, 'add-matcher names no file')
      reading.options.addMatchers?.(data)
      return echoed
    case 'remove-matcher':
      return removeMatchers(reading, command) ?? echoed
    default:
      return handOn(reading, command) ?? echoed
  }
}

function hide(reading: Reading, value: string): string | undefined {
  if (value.trim() === '') return warn(reading, 'add-mask hides nothing: the value is empty')
  if (reading.masker.add(value)) return reading.echo ? '::add-mask::***' : undefined
  reading.unhidden = true
  reading.refused = tooManyMasks
  return `::error::${tooManyMasks}. The rest of this output is left out.`
}

function stop(reading: Reading, token: string, text: string): string {
  const wrong = token === '' || isCommand(token) || token.toLowerCase() === 'pause-logging'
  if (wrong && !reading.unsecureTokens) {
    return fail(reading, 'stop-commands takes a word of its own, which is no command, to go on with')
  }
  reading.stopped = token
  return text
}

function setEcho(reading: Reading, data: string): string | undefined {
  const word = data.trim().toLowerCase()
  if (word !== 'on' && word !== 'off') return fail(reading, `echo is on or off, not ${data.slice(0, 100)}`)
  reading.echo = word === 'on'
  return undefined
}

function removeMatchers(reading: Reading, { properties, data }: CommandLine): string | undefined {
  const owner = properties.get('owner') ?? ''
  if ((owner === '') === (data === '')) {
    return warn(reading, 'remove-matcher takes either owner=… or the file of the matcher')
  }
  reading.options.removeMatchers?.(owner === '' ? { path: data } : { owner })
  return undefined
}

function said(name: Annotation['level'], { properties, data }: CommandLine): Annotation {
  const file = properties.get('file')
  return annotationOf(name, {
    message: data,
    title: properties.get('title'),
    file: file?.startsWith(`${places.workspace}/`) ? file.slice(places.workspace.length + 1) : file,
    line: properties.get('line'),
    endLine: properties.get('endline'),
    column: properties.get('col'),
    endColumn: properties.get('endcolumn'),
  })
}

/** Commands of old: outputs and state work with a warning, as on GitHub; the two that were dangerous are refused. */
function handOn(reading: Reading, { name, properties, data }: CommandLine): string | undefined {
  const refusal = commands.refused[name]
  if (refusal !== undefined && !reading.unsecure) {
    return fail(reading, `the command ::${name}:: is disabled; ${refusal}`)
  }
  const key = properties.get('name') ?? ''
  if (name !== 'add-path' && key === '') return fail(reading, `::${name}:: needs name=…`)
  reading.handedOnChars += key.length + data.length
  if (reading.handedOnChars > maxHandedOnChars) {
    return fail(reading, `the step hands on more than ${maxHandedOnChars / 1024} kB by commands`)
  }
  const { handedOn } = reading
  if (name === 'add-path') handedOn.path.push(data)
  else if (name === 'set-env') handedOn.env.set(key, data)
  else if (name === 'set-output') handedOn.outputs.set(key, data)
  else handedOn.state.set(key, data)
  if (refusal !== undefined || reading.warned.has(name)) return undefined
  reading.warned.add(name)
  const file = name === 'set-output' ? 'GITHUB_OUTPUT' : 'GITHUB_STATE'
  return warn(reading, `the command ${name} is deprecated; write to $${file}`)
}

function warn(reading: Reading, message: string): string {
  return say(reading, 'warning', message)
}

function fail(reading: Reading, message: string): string {
  reading.refused ??= message
  return say(reading, 'error', message)
}

function say(reading: Reading, level: Annotation['level'], message: string): string {
  annotate(reading, annotationOf(level, { message }))
  return `::${level}::${escapeData(message)}`
}
