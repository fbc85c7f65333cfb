/** What `options:` of a container asks for: the safe part of the options of `docker create`. */
export interface ContainerOptions {
  env: Record<string, string>
  labels: Record<string, string>
  user?: string
  hostname?: string
  workdir?: string
  entrypoint?: string
  readOnly?: boolean
  /** Folders in memory, with their mount options. */
  tmpfs: Record<string, string>
  capDrop: string[]
  shmBytes?: number
  /** Never more than the job's own. */
  memoryBytes?: number
  /** Never more than the job's own. */
  cpus?: number
  /** Never more than the job's own. */
  pids?: number
  health?: HealthOptions
}

/** How a container says that it is ready; what is missing comes from its image. Times in milliseconds. */
export interface HealthOptions {
  /** Run by the shell of the image; 'none' when the check of the image is not wanted. */
  command?: string
  none?: boolean
  intervalMs?: number
  timeoutMs?: number
  startPeriodMs?: number
  retries?: number
}

/** What was understood, and what is refused, each in one sentence with a way out. */
export interface OptionsReading {
  options: ContainerOptions
  problems: Array<{ message: string; hint: string }>
}

function put<T extends object>(into: T, part: Partial<T>): undefined {
  Object.assign(into, part)
}

type Take = (options: ContainerOptions, value: string) => string | undefined

const health = (options: ContainerOptions): HealthOptions => {
  options.health ??= {}
  return options.health
}

/** Takes a value; answers what is wrong with it. */
const taken: Record<string, Take> = {
  env: (o, value) => pair(o.env, value),
  label: (o, value) => pair(o.labels, value),
  user: (o, value) => put(o, { user: value }),
  hostname: (o, value) => put(o, { hostname: value }),
  workdir: (o, value) => put(o, { workdir: value }),
  entrypoint: (o, value) => put(o, { entrypoint: value }),
  'cap-drop': (o, value) => void o.capDrop.push(value.toUpperCase().replace(/^CAP_/, '')),
  tmpfs: (o, value) => {
    const [path = '', ...rest] = value.split(':')
    if (!path.startsWith('/')) return 'is no absolute path'
    o.tmpfs[path] = rest.join(':')
    return undefined
  },
  'shm-size': (o, value) => amount(bytesOf(value), (bytes) => put(o, { shmBytes: bytes })),
  memory: (o, value) => amount(bytesOf(value), (bytes) => put(o, { memoryBytes: bytes })),
  cpus: (o, value) => amount(Number(value), (cpus) => put(o, { cpus: cpus })),
  'pids-limit': (o, value) => amount(Number(value), (pids) => put(o, { pids: pids })),
  'health-cmd': (o, value) => put(health(o), { command: value }),
  'health-interval': (o, value) => amount(msOf(value), (ms) => put(health(o), { intervalMs: ms })),
  'health-timeout': (o, value) => amount(msOf(value), (ms) => put(health(o), { timeoutMs: ms })),
  'health-start-period': (o, value) => amount(msOf(value), (ms) => put(health(o), { startPeriodMs: ms })),
  'health-retries': (o, value) => amount(Number(value), (retries) => put(health(o), { retries: retries })),
}

const flags: Record<string, (options: ContainerOptions) => void> = {
  'no-healthcheck': (o) => put(health(o), { none: true }),
  'read-only': (o) => put(o, { readOnly: true }),
  // Every container has one already.
  init: () => {},
  rm: () => {},
}

const short: Record<string, string> = {
  e: 'env',
  l: 'label',
  u: 'user',
  h: 'hostname',
  w: 'workdir',
  m: 'memory',
}

/** Options that would open the machine, with what to do instead. */
const refused: Record<string, string> = {
  privileged: 'Remove --privileged: it gives a job the whole machine. Run that job on a machine of its own.',
  'cap-add': 'Remove --cap-add; containers here have a fixed small set of capabilities.',
  device: 'Remove --device; no device of the machine is handed to a job.',
  gpus: 'Remove --gpus; no device of the machine is handed to a job.',
  network: 'Remove --network; services are reached by their names, everything else by the proxy.',
  net: 'Remove --net; services are reached by their names, everything else by the proxy.',
  'network-alias': 'Remove it; a service is reached by its id under services.',
  pid: 'Remove --pid; a container sees no processes but its own.',
  ipc: 'Remove --ipc; a container shares no memory with others.',
  uts: 'Remove --uts.',
  userns: 'Remove --userns.',
  cgroupns: 'Remove --cgroupns.',
  'cgroup-parent': 'Remove --cgroup-parent; limits are those of the project.',
  'security-opt': 'Remove --security-opt; no container here can gain privileges.',
  volume: 'Write the volume under `volumes:`, by a name or a path in the container.',
  v: 'Write the volume under `volumes:`, by a name or a path in the container.',
  mount: 'Write the volume under `volumes:`, by a name or a path in the container.',
  'volumes-from': 'Remove it; containers share volumes by name under `volumes:`.',
  publish: 'Write the port under `ports:`.',
  p: 'Write the port under `ports:`.',
  name: 'Remove --name; the container is called after its job.',
  restart: 'Remove --restart; a service that ends fails its job.',
}

/** Reads `options:`: quotes hold blanks, nothing is expanded, no shell sees it. Pure. */
export function readContainerOptions(text: string): OptionsReading {
  const options: ContainerOptions = { env: {}, labels: {}, tmpfs: {}, capDrop: [] }
  const problems: OptionsReading['problems'] = []
  const words = wordsOf(text)
  if (!words) {
    return { options, problems: [{ message: 'a quote in options is not closed', hint: 'Close it.' }] }
  }
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? ''
    const [, dashes = '', written = '', glued] = /^(--?)([A-Za-z][\w-]*)(?:=([\s\S]*))?$/.exec(word) ?? []
    const name = dashes === '-' ? (short[written] ?? written) : written
    const flag = Object.hasOwn(flags, name) ? flags[name] : undefined
    if (flag) {
      if (glued !== 'false') flag(options)
      continue
    }
    const take = Object.hasOwn(taken, name) ? taken[name] : undefined
    if (!take) {
      const hint = Object.hasOwn(refused, name) ? refused[name] : undefined
      const known = [...Object.keys(taken), ...Object.keys(flags)].map((one) => `--${one}`).join(', ')
      problems.push({
        message: `the option ${word.slice(0, 80)} is refused`,
        hint: hint ?? `Options here: ${known}.`,
      })
      // Its value, if it is one, would only be told as a second mistake.
      if (glued === undefined && dashes && !words[at + 1]?.startsWith('-') && name !== 'privileged') at++
      continue
    }
    const value = glued ?? words[++at]
    const wrong = value === undefined ? 'has no value' : take(options, value)
    if (wrong) problems.push({ message: `the option --${name} ${wrong}`, hint: `Write --${name}=VALUE.` })
  }
  return { options, problems }
}

function pair(into: Record<string, string>, value: string): string | undefined {
  const at = value.indexOf('=')
  if (at < 1) return 'is no NAME=VALUE'
  into[value.slice(0, at)] = value.slice(at + 1)
  return undefined
}

function amount(value: number | undefined, take: (value: number) => void): string | undefined {
  if (value === undefined || !Number.isFinite(value) || value <= 0) return 'is no amount above 0'
  take(value)
  return undefined
}

/** `512m`, `1g`, `1024`; see docker-run(1). */
function bytesOf(text: string): number | undefined {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?)([bkmg]?)b?$/i.exec(text) ?? []
  if (number === undefined) return undefined
  const power = { k: 1, m: 2, g: 3 }[unit.toLowerCase()] ?? 0
  return Math.floor(Number(number) * 1024 ** power)
}

/** `10s`, `1m30s`, `500ms`, as Go writes durations. */
function msOf(text: string): number | undefined {
  if (!/^(\d+(\.\d+)?(ms|us|s|m|h))+$/.test(text)) return undefined
  const units: Record<string, number> = { us: 0.001, ms: 1, s: 1000, m: 60_000, h: 3_600_000 }
  let total = 0
  for (const [, number, unit = ''] of text.matchAll(/(\d+(?:\.\d+)?)(ms|us|s|m|h)/g)) {
    total += Number(number) * (units[unit] ?? 0)
  }
  return Math.ceil(total)
}

/** A line in words as a shell would part it; undefined when a quote is not closed. */
export function wordsOf(line: string): string[] | undefined {
  const words: string[] = []
  let word: string | undefined
  let quote = ''
  for (let at = 0; at < line.length; at++) {
    const c = line[at] ?? ''
    if (quote !== '') {
      if (c === quote) quote = ''
      else if (c === '\\' && quote === '"' && /["\\$`]/.test(line[at + 1] ?? ''))
        word = `${word}${line[++at]}`
      else word = `${word}${c}`
    } else if (c === '"' || c === "'") {
      quote = c
      word ??= ''
    } else if (c === '\\' && at + 1 < line.length) {
      at++
      // A line that goes on below.
      if (line[at] !== '\n') word = `${word ?? ''}${line[at]}`
    } else if (/\s/.test(c)) {
      if (word !== undefined) words.push(word)
      word = undefined
    } else word = `${word ?? ''}${c}`
  }
  if (quote !== '') return undefined
  if (word !== undefined) words.push(word)
  return words
}
