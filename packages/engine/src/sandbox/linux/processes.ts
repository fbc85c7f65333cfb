import { readdirSync, readFileSync } from 'node:fs'

/** A process that cannot be mistaken for another one with the same number: pid and its start in clock ticks. */
export interface ProcessRef {
  pid: number
  startTicks: string
}

function fields(pid: number): string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  } catch {
    return undefined
  }
}

/** The process with this pid now; undefined when there is none. proc_pid_stat(5): field 22 is the start. */
export function processRef(pid: number): ProcessRef | undefined {
  const found = fields(pid)
  return found?.[19] === undefined ? undefined : { pid, startTicks: found[19] }
}

/** True while it runs. A zombie is over: for the first of a PID namespace it means that all others are gone. */
export function isAlive(ref: ProcessRef): boolean {
  const found = fields(ref.pid)
  return found !== undefined && found[19] === ref.startTicks && found[0] !== 'Z' && found[0] !== 'X'
}

/** The direct children of a process. */
export function childrenOf(pid: number): number[] {
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').trim()
    return text === '' ? [] : text.split(' ').map(Number)
  } catch {
    return allPids().filter((candidate) => Number(fields(candidate)?.[1]) === pid)
  }
}

/** All process numbers that this process can see. */
export function allPids(): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0)
}

/** Processes whose environment at their start held this entry (`NAME=value`), as far as we may read it. */
export function findByEnvironment(entry: string): ProcessRef[] {
  const found: ProcessRef[] = []
  for (const pid of allPids()) {
    try {
      const environ = `\0${readFileSync(`/proc/${pid}/environ`, 'latin1')}\0`
      const ref = environ.includes(`\0${entry}\0`) ? processRef(pid) : undefined
      if (ref) found.push(ref)
    } catch {}
  }
  return found
}

/** Kills one process if it is still the one that is meant. */
export function killProcess(ref: ProcessRef): void {
  if (!isAlive(ref)) return
  try {
    process.kill(ref.pid, 'SIGKILL')
  } catch {}
}
