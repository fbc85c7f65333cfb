import type { ExecOptions, ExecResult, Sandbox } from '@signalbox/engine/sandbox/port.ts'

/** What a memory sandbox does for a command; files may be changed. Undefined: exit code 0, no output. */
export type MemoryExec = (
  argv: string[],
  options: ExecOptions,
  files: Map<string, string>,
) => Promise<(Partial<ExecResult> & { stdout?: string }) | undefined>

/**
 * A sandbox that is a map of files and runs nothing, for tests of what is built on the port. `rm` and `mkdir`
 * are known, the listing of processes finds none; every other command goes to `exec`.
 */
export function createMemorySandbox(
  files: Map<string, string>,
  exec: MemoryExec = async () => undefined,
): Sandbox {
  const none = () => {
    throw new Error('the memory sandbox does not know this call')
  }
  const ended = Promise.withResolvers<void>()
  return {
    id: 'memory',
    workspacePath: '/nonexistent',
    ended: ended.promise,
    async exec(argv, options = {}) {
      if (argv[0] === 'rm') for (const path of argv.slice(3)) files.delete(path)
      if (argv[0] === 'rm' || argv[0] === 'mkdir') return { code: 0 }
      const isListing = argv[2]?.includes('/proc/[0-9]*') === true
      const result = isListing ? { stdout: '1:1 0\nself 1\n' } : await exec(argv, options, files)
      if (result?.stdout) await options.onOutput?.('stdout', Buffer.from(result.stdout))
      return { code: 0, ...result }
    },
    async writeFile(path, data) {
      files.set(path, Buffer.from(data).toString('utf8'))
    },
    async readFile(path) {
      const text = files.get(path)
      return text === undefined ? undefined : Buffer.from(text)
    },
    async destroy() {
      ended.resolve()
    },
    spawn: none,
    putArchive: none,
    getArchive: none,
    publish: none,
    snapshot: none,
  }
}
