import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

const main = join(import.meta.dirname, 'main.ts')
const preload = join(import.meta.dirname, '../../../../tools/json-modules.mjs')

/** How a process of the CLI ended, with all that it wrote. */
export interface EndedCli {
  code: number | null
  out: string
  err: string
}

/** A checkout with workflows, and the real CLI in it. */
export interface CliCheckout {
  dir: string
  /** The environment that the CLI gets here. */
  env: Record<string, string>
  /** What Node is given to run the CLI with these arguments. */
  command(args: string[]): string[]
  write(path: string, text: string): void
  run(args: string[], options?: CliProcessOptions): Promise<EndedCli>
  remove(): void
}

/** What is different from a CLI in a pipe that nobody interrupts. */
export interface CliProcessOptions {
  env?: Record<string, string>
  /** Sends this signal when the output first holds the text. */
  interrupt?: { at: string; signal: NodeJS.Signals }
}

/** Makes a git checkout with these files and a data folder beside it. */
export function cliCheckout(files: Record<string, string> = {}): CliCheckout {
  const top = mkdtempSync(join(tmpdir(), 'signalbox-cli-'))
  const dir = join(top, 'shop')
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(dir, path)), { recursive: true })
    writeFileSync(join(dir, path), text)
  }
  mkdirSync(dir)
  for (const [path, text] of Object.entries(files)) write(path, text)
  execFileSync('git', ['init', '-q', '-b', 'main', dir])
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: process.env['HOME'] ?? '',
    SIGNALBOX_DATA_DIR: join(top, 'data'),
    SIGNALBOX_URL: 'http://127.0.0.1:2',
  }
  const command = (args: string[]) => ['--import', preload, main, ...args]
  return {
    dir,
    env,
    command,
    write,
    run: (args, options = {}) => runCli({ dir, env }, command(args), options),
    remove: () => rmSync(top, { recursive: true, force: true }),
  }
}

function runCli(
  at: { dir: string; env: Record<string, string> },
  command: string[],
  options: CliProcessOptions,
): Promise<EndedCli> {
  const env = { ...at.env, ...options.env }
  const child = spawn(process.execPath, command, { env, cwd: at.dir })
  const ended: EndedCli = { code: null, out: '', err: '' }
  let interrupted = false
  child.stdout.on('data', (chunk) => {
    ended.out += String(chunk)
    const { interrupt } = options
    if (!interrupt || interrupted || !ended.out.includes(interrupt.at)) return
    interrupted = true
    child.kill(interrupt.signal)
  })
  child.stderr.on('data', (chunk) => {
    ended.err += String(chunk)
  })
  child.stdin.end()
  return new Promise((resolve) => child.on('close', (code) => resolve({ ...ended, code })))
}
