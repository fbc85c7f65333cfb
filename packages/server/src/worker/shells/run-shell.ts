import { setTimeout as sleep } from 'node:timers/promises'
import { Failure } from '@signalbox/core/base/failure.ts'
import type { ExecResult, Sandbox } from '@signalbox/engine/sandbox/port.ts'

/** A terminal's size in characters. */
export interface Size {
  columns: number
  rows: number
}

/** A shell that runs in a terminal of its own inside a sandbox. */
export interface RunningShell {
  /** Keys, as the terminal sends them. */
  write(keys: Uint8Array): void
  resize(size: Size): void
  /** How it ended; the sandbox is still there then. */
  readonly ended: Promise<ExecResult>
}

const ttyFile = '/tmp/signalbox/shell-tty'
const rcFile = '/tmp/signalbox/shell-rc'
/** Keys that may wait for the shell; who pastes more than it takes loses the rest of it. */
const maxWaitingBytes = 1 << 20

const rc = `PS1='\\[\\e[1m\\]\\w\\[\\e[0m\\] \\$ '
HISTFILE=/dev/null
alias ls='ls --color=auto'
`

/** $1 rows, $2 columns. script(1) makes the terminal: it is inside, and ends with the sandbox. */
const begin = `stty rows "$ROWS_AT_START" cols "$COLUMNS_AT_START" 2> /dev/null
tty > ${ttyFile}
unset ROWS_AT_START COLUMNS_AT_START
exec bash --rcfile ${rcFile} -i`

/**
 * Starts bash in a pseudo terminal inside the sandbox. `onOutput` may answer a promise to hold the shell's
 * output back. Failure `shell-unavailable` when the machine has no script(1).
 */
export async function runShell(
  sandbox: Sandbox,
  options: {
    size: Size
    env: Record<string, string>
    signal: AbortSignal
    onOutput(chunk: Uint8Array): void | Promise<void>
  },
): Promise<RunningShell> {
  const { size, env, signal } = options
  const found = await sandbox.exec(['sh', '-c', 'mkdir -p /tmp/signalbox && command -v script stty bash'], {
    cwd: '/',
    onOutput() {},
  })
  if (found.code !== 0) {
    throw new Failure('shell-unavailable', 'The machine of the worker has no script(1), stty(1) or bash.', {
      hint: 'Install the package that has script (bsdutils or util-linux-script) there.',
    })
  }
  await sandbox.writeFile(rcFile, rc)
  const keys = keyQueue()
  const ended = sandbox.exec(['script', '-q', '-e', '-c', begin, '/dev/null'], {
    env: {
      ...env,
      TERM: 'xterm-256color',
      SHELL: '/bin/bash',
      ROWS_AT_START: String(size.rows),
      COLUMNS_AT_START: String(size.columns),
    },
    signal,
    stdin: keys.stream,
    onOutput: (_, chunk) => options.onOutput(chunk),
  })
  const over = ended.finally(keys.end)
  over.catch(() => {})
  let resizing = Promise.resolve()
  return {
    write: keys.push,
    resize(next) {
      resizing = resizing.then(() => resize(sandbox, next, signal)).catch(() => {})
    },
    ended: over,
  }
}

async function resize(sandbox: Sandbox, size: Size, signal: AbortSignal): Promise<void> {
  const tty = await terminalOf(sandbox, signal)
  if (!tty) return
  const argv = ['stty', '-F', tty, 'rows', String(size.rows), 'cols', String(size.columns)]
  await sandbox.exec(argv, { cwd: '/', timeoutMs: 5_000, onOutput() {} })
}

/** The shell writes down its terminal as it begins; what runs inside can write there too. */
async function terminalOf(sandbox: Sandbox, signal: AbortSignal): Promise<string | undefined> {
  for (let asked = 0; asked < 50 && !signal.aborted; asked++) {
    const bytes = await sandbox.readFile(ttyFile, { maxBytes: 100 })
    const text = bytes ? Buffer.from(bytes).toString().trim() : ''
    if (/^\/dev\/pts\/\d{1,5}$/.test(text)) return text
    await sleep(20)
  }
  return undefined
}

function keyQueue() {
  const waiting: Uint8Array[] = []
  let bytes = 0
  let over = false
  let wake: () => void = () => {}
  async function* read(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const next = waiting.shift()
      if (next) {
        bytes -= next.byteLength
        yield next
      } else if (over) return
      else
        await new Promise<void>((resolve) => {
          wake = resolve
        })
    }
  }
  return {
    stream: read(),
    push(keys: Uint8Array): void {
      if (over || bytes + keys.byteLength > maxWaitingBytes) return
      bytes += keys.byteLength
      waiting.push(keys)
      wake()
    },
    end(): void {
      over = true
      wake()
    },
  }
}
