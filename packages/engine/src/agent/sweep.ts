import { setTimeout as delay } from 'node:timers/promises'
import type { Sandbox } from '../sandbox/port.ts'

/** Which processes a sandbox had before a turn: `pid:starttime`, so that a number used again is another one. */
export type Processes = ReadonlySet<string>

const sweepForMs = 20_000
const sweepCallMs = 10_000

/** Prints pid and start time (field 22 of proc(5) stat) of every process; bash builtins only, no child. */
const listScript = `
for d in /proc/[0-9]*; do
  s=""; { read -r s < "$d/stat"; } 2>/dev/null || continue
  r="\${s##*) }"; set -- $r
  [ "$1" = Z ] || printf '%s:%s %s\\n' "\${d#/proc/}" "\${20}" "$2"
done
echo self $$
`

/** The processes that run in the sandbox now. Nothing else may begin there until `endNewProcesses`. */
export async function listProcesses(sandbox: Sandbox): Promise<Processes> {
  const { all } = await look(sandbox)
  return new Set(all.map((p) => p.key))
}

/**
 * Ends what a turn left behind, sessions of its own included, which a process group's signal misses: every
 * process that was not there before, but the one that looks and its ancestors. Returns how many remain
 * after 20 s, 0 as a rule; a sandbox that has ended has none.
 */
export async function endNewProcesses(sandbox: Sandbox, before: Processes): Promise<number> {
  const giveUpAt = Date.now() + sweepForMs
  for (;;) {
    const seen = await look(sandbox).catch(() => undefined)
    if (!seen) return 0
    const left = strangers(seen, before)
    if (left.length === 0 || Date.now() > giveUpAt) return left.length
    // A process that forks faster than it is ended is stopped first.
    for (const signal of ['-STOP', '-KILL']) {
      await sandbox.exec(['bash', '-c', 'kill "$@" 2>/dev/null; true', 'kill', signal, ...left], {
        timeoutMs: sweepCallMs,
      })
    }
    await delay(20)
  }
}

interface Seen {
  all: { key: string; pid: string; parent: string }[]
  self: string
}

/** The pids that are neither known from before nor the looker's own line of ancestors. */
export function strangers({ all, self }: Seen, before: Processes): string[] {
  const parents = new Map(all.map((p) => [p.pid, p.parent]))
  const own = new Set<string>()
  for (let pid: string | undefined = self; pid !== undefined && !own.has(pid); pid = parents.get(pid))
    own.add(pid)
  return all.filter((p) => !before.has(p.key) && !own.has(p.pid) && p.pid !== '1').map((p) => p.pid)
}

async function look(sandbox: Sandbox): Promise<Seen> {
  let text = ''
  const onOutput = (stream: 'stdout' | 'stderr', chunk: Uint8Array) => {
    if (stream === 'stdout') text += Buffer.from(chunk).toString('latin1')
  }
  const result = await sandbox.exec(['bash', '-c', listScript], {
    cwd: '/',
    timeoutMs: sweepCallMs,
    onOutput,
  })
  if (result.killedBy) throw new Error(`the sandbox cannot be looked into: ${result.killedBy}`)
  return parseProcesses(text)
}

/** Reads what the listing printed. */
export function parseProcesses(text: string): Seen {
  const lines = text
    .trim()
    .split('\n')
    .map((line) => line.split(' '))
  const self = lines.find(([head]) => head === 'self')?.[1] ?? ''
  const all = lines.flatMap(([key = '', parent = '']) =>
    key === 'self' ? [] : [{ key, parent, pid: key.split(':')[0] ?? '' }],
  )
  return { all, self }
}
