import type { Annotation } from './annotations.ts'
import { maxFileBytes } from './command-files.ts'
import { createLineSplitter } from './line-splitter.ts'
import { createLogLimit } from './log-limit.ts'
import { createLogSink } from './log-sink.ts'
import type { Masker } from './masker.ts'
import type { JobReporter, LogLine } from './port.ts'
import { type CommandReader, createCommandReader } from './workflow-commands.ts'

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
  /** Adds to the summary of the step, which is told when the log is closed. */
  addSummary(text: string): void
  /** What an action wrote to GITHUB_STATE, for its post step. */
  keepState(state: Record<string, string>): void
  readonly state: Record<string, string>
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

/** The log of the step with this number. */
export function createStepLog(options: {
  step: number
  reporter: JobReporter
  masker: Masker
  now: () => number
  /** Shows ::debug:: lines. */
  debug?: boolean
}): StepLog {
  const { step, reporter, masker, now } = options
  let told = 0
  let summary = ''
  let state: Record<string, string> = {}
  const sink = createLogSink((lines) => reporter.log(step, lines), now)
  const limit = createLogLimit((line) => sink.add(line))
  const commands = createCommandReader(masker, { debug: options.debug })
  const splitter = (stream: LogLine['stream'], onLine?: (line: string) => string | undefined) =>
    createLineSplitter(masker, (text) => limit.add({ at: now(), stream, text }), onLine)
  const pair = (onLine?: (line: string) => string | undefined): PlainOutput => {
    const streams = { stdout: splitter('stdout', onLine), stderr: splitter('stderr', onLine) }
    return {
      output(stream, chunk) {
        streams[stream].push(chunk)
        return sink.room()
      },
      end() {
        streams.stdout.end()
        streams.stderr.end()
      },
    }
  }
  const main = pair((line) => commands.read(line))
  return {
    commands,
    output: main.output,
    plain: () => pair(),
    room: sink.room,
    addSummary(text) {
      // In characters: a step's file is bounded in bytes, but a composite action has several.
      if (summary.length + text.length <= maxFileBytes) summary += text
    },
    keepState(added) {
      state = { ...state, ...added }
    },
    get state() {
      return state
    },
    say(stream, text) {
      const lines = splitter(stream)
      lines.push(new TextEncoder().encode(text))
      lines.end()
    },
    async close() {
      main.end()
      limit.end()
      await sink.drain()
      const text = summary
      summary = ''
      if (text !== '') {
        const masked = text.split('\n').map((line) => masker.mask(line))
        if (reporter.summary) await reporter.summary(step, masked.join('\n'))
      }
      for (; told < commands.annotations.length; told++) {
        const annotation = commands.annotations[told]
        if (annotation) await reporter.annotation?.(step, maskedAnnotation(annotation, masker))
      }
    },
  }
}
