import type { JobReporter, LogLine } from '../port.ts'
import { maxFileBytes } from '../steps/command-files.ts'
import type { Annotation } from './annotations.ts'
import { createLineSplitter } from './line-splitter.ts'
import { createLogLimit } from './log-limit.ts'
import { createLogSink } from './log-sink.ts'
import type { Masker } from './masker.ts'
import { createGate, type Gate } from './matchers/gate.ts'
import type { JobMatchers } from './matchers/job-matchers.ts'
import { createProblemReader } from './matchers/problem-reader.ts'
import { type CommandReader, createCommandReader, type ReadAnnotation } from './workflow-commands.ts'

/** The log of one step: bytes in, masked lines out. */
export interface StepLog {
  /** For `onOutput`; a returned promise asks the writer to wait. Reads workflow commands. */
  output(stream: 'stdout' | 'stderr', chunk: Uint8Array): void | Promise<void>
  /** Output of something that an action runs: masked, but never read for workflow commands. */
  plain(): PlainOutput
  /** One message, cut into lines, masked. */
  say(stream: LogLine['stream'], text: string): void
  /** Resolves when so few lines are waiting that more may come; undefined at once. */
  room(): Promise<void> | undefined
  readonly commands: CommandReader
  /** Resolves when everything that was written is read, a last line without its end too. */
  settled(): Promise<void>
  /** Adds to the summary of the step, which is told when the log is closed. */
  addSummary(text: string): void
  /** Ends half lines and hands everything on. Throws what the reporter threw. */
  close(): Promise<void>
}

/** A pair of streams into a log. */
export interface PlainOutput {
  output(stream: 'stdout' | 'stderr', chunk: Uint8Array): void | Promise<void>
  end(): void
}

function maskedAnnotation(annotation: Annotation, masker: Masker): Annotation {
  const { message, title, file } = annotation
  return {
    ...annotation,
    message: masker.mask(message),
    title: title && masker.mask(title),
    file: file && masker.mask(file),
  }
}

/** What a log is made of. */
export interface StepLogOptions {
  step: number
  reporter: JobReporter
  masker: Masker
  now: () => number
  /** Shows ::debug:: lines. */
  debug?: boolean
  /** Reads problems from the output. */
  matchers?: JobMatchers
  /** Looks for the files of problems. */
  placeFiles?: (problems: readonly Annotation[]) => Promise<Annotation[]>
}

/** The log of the step with this number. */
export function createStepLog(options: StepLogOptions): StepLog {
  const { step, reporter, masker, now } = options
  let told = 0
  let summary = ''
  const sink = createLogSink((lines) => reporter.log(step, lines), now)
  const limit = createLogLimit((line) => sink.add(line))
  const gate = createGate(() => main.resume())
  const pair = (onLine?: (line: string) => string | undefined, held?: () => boolean) => {
    const splitter = (stream: 'stdout' | 'stderr') =>
      createLineSplitter(masker, (text) => limit.add({ at: now(), stream, text }), onLine, held)
    const streams = { stdout: splitter('stdout'), stderr: splitter('stderr') }
    return {
      output(stream: 'stdout' | 'stderr', chunk: Uint8Array) {
        streams[stream].push(chunk)
        return held?.() ? gate.idle() : sink.room()
      },
      resume() {
        streams.stdout.resume()
        streams.stderr.resume()
      },
      end() {
        streams.stdout.end()
        streams.stderr.end()
      },
    }
  }
  const say: StepLog['say'] = (stream, text) => {
    const lines = createLineSplitter(masker, (line) => limit.add({ at: now(), stream, text: line }))
    lines.push(new TextEncoder().encode(text))
    lines.end()
  }
  const commands = commandsOf(options, gate, say)
  const main = pair((line) => commands.read(line), gate.held)
  const settled = async () => {
    await gate.idle()
    main.end()
    await gate.idle()
  }
  return {
    commands,
    output: main.output,
    plain: () => pair(),
    room: sink.room,
    settled,
    addSummary(text) {
      // In characters: a step's file is bounded in bytes, but a composite action has several.
      if (summary.length + text.length <= maxFileBytes) summary += text
    },
    say,
    async close() {
      await settled()
      limit.end()
      await sink.drain()
      const text = summary
      summary = ''
      if (text !== '') {
        const masked = text.split('\n').map((line) => masker.mask(line))
        if (reporter.summary) await reporter.summary(step, masked.join('\n'))
      }
      const untold = commands.annotations.slice(told)
      told += untold.length
      for (const annotation of await placed(untold, options.placeFiles)) {
        await reporter.annotation?.(step, maskedAnnotation(annotation, masker))
      }
    },
  }
}

/** The commands of a step, with the problem matchers of its job. */
function commandsOf(options: StepLogOptions, gate: Gate, say: StepLog['say']): CommandReader {
  const { matchers } = options
  if (!matchers) return createCommandReader(options.masker, { debug: options.debug })
  const problems = createProblemReader(matchers)
  const reader: CommandReader = createCommandReader(options.masker, {
    debug: options.debug,
    addMatchers(path) {
      gate.hold(async () => {
        try {
          for (const warning of await matchers.addFile(path)) say('system', `Warning: ${warning}`)
        } catch (error) {
          say('stdout', reader.fail(error instanceof Error ? error.message : String(error)))
        }
      })
    },
    removeMatchers(by) {
      if ('owner' in by) return matchers.remove([by.owner])
      gate.hold(async () => {
        try {
          await matchers.removeFile(by.path)
        } catch (error) {
          say('stdout', reader.fail(error instanceof Error ? error.message : String(error)))
        }
      })
    },
    problem(line) {
      const problem = problems.read(line)
      const warning = problems.takeWarning()
      if (warning) say('system', `Warning: ${warning}`)
      return problem
    },
  })
  return reader
}

/** Annotations with the files of those that a problem matcher found; the order stays. */
async function placed(
  annotations: readonly ReadAnnotation[],
  place: StepLogOptions['placeFiles'],
): Promise<Annotation[]> {
  const found = annotations.filter((annotation) => annotation.found && annotation.file)
  const answers =
    place && found.length > 0 ? await place(found) : found.map((one) => ({ ...one, file: undefined }))
  const byFound = new Map(found.map((annotation, at) => [annotation, answers[at] ?? annotation]))
  return annotations.map((annotation) => {
    const { found: _, ...rest }: ReadAnnotation = byFound.get(annotation) ?? annotation
    return rest
  })
}
