import { isIP } from 'node:net'
import { Failure } from '@signalbox/core/base/failure.ts'

/** One entry of an allow-list. `host` is lower case; with `below` it stands for every name under it. */
export interface AllowEntry {
  host: string
  below: boolean
  /** Undefined: 80 and 443. */
  port: number | undefined
}

const DEFAULT_PORTS = [80, 443]

/** Reads `packages.example.com`, `*.example.org`, each with an optional `:port`; throws `egress-pattern` for anything else. */
export function parseAllowList(patterns: string[]): AllowEntry[] {
  return patterns.map((pattern) => {
    const match = /^(\*\.)?([a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?)(?::(\d{1,5}))?$/i.exec(pattern.trim())
    const port = match?.[3] === undefined ? undefined : Number(match[3])
    const host = match?.[2]?.toLowerCase()
    if (!host || isIP(host) || (port !== undefined && (port < 1 || port > 65535))) {
      throw new Failure('egress-pattern', `"${pattern}" is not a host to allow.`, {
        hint: 'Write packages.example.com, *.example.org or example.org:8443.',
      })
    }
    return { host, below: match?.[1] !== undefined, port }
  })
}

/** Whether a host and port are on the list. `*.example.org` does not mean example.org itself. */
export function isAllowed(list: AllowEntry[], host: string, port: number): boolean {
  const name = host.toLowerCase().replace(/\.$/, '')
  return list.some((entry) => {
    const named = entry.below ? name.endsWith(`.${entry.host}`) : name === entry.host
    return named && (entry.port === undefined ? DEFAULT_PORTS.includes(port) : entry.port === port)
  })
}
