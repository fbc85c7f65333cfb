/** A port of a service, and the one that a job without a container reaches on localhost; undefined: any that is free. */
export interface ContainerPort {
  container: number
  local?: number
}

/** A volume of a job: by its name, which containers of the job share, or one of its own at a path inside. */
export interface ContainerVolume {
  name?: string
  path: string
  readOnly: boolean
}

/** What was read, or why it is refused. */
export type Part<T> = { value: T } | { message: string; hint: string }

const portHint = 'Write `- 5432` or `- 5432:5432`; only TCP is carried.'

/** Reads one line of `ports:`. */
export function readPort(text: string): Part<ContainerPort> {
  const [, local, container, protocol] = /^(?:(\d+):)?(\d+)(?:\/(\w+))?$/.exec(text.trim()) ?? []
  if (container === undefined) return { message: `${text.slice(0, 60)} is no port`, hint: portHint }
  if (protocol !== undefined && protocol !== 'tcp')
    return { message: `${protocol} is not carried`, hint: portHint }
  const numbers = [container, ...(local === undefined ? [] : [local])].map(Number)
  if (numbers.some((port) => port < 1 || port > 65_535))
    return { message: `${text} is no port`, hint: 'Ports go from 1 to 65535.' }
  return { value: { container: Number(container), ...(local !== undefined && { local: Number(local) }) } }
}

/** Reads one line of `volumes:`; folders of the machine are refused. */
export function readVolume(text: string): Part<ContainerVolume> {
  const parts = text.trim().split(':')
  const [first = '', second, mode = 'rw'] = parts.length === 1 ? [undefined, parts[0]] : parts
  const hint = 'Write `- name:/path` or `- /path`; folders of the machine are not handed to a job.'
  if (parts.length > 3 || second === undefined || !/^r[ow]$/.test(mode))
    return { message: `${text.slice(0, 80)} is no volume`, hint }
  if (first !== '' && !/^[A-Za-z0-9][\w.-]{0,60}$/.test(first))
    return { message: `the volume ${text.slice(0, 80)} is a folder of the machine`, hint }
  if (!second.startsWith('/') || second.split('/').includes('..') || second === '/')
    return { message: `${second.slice(0, 80)} is no path in a container`, hint }
  const own = /^\/(workspace|home\/sbx|opt\/signalbox|run\/signalbox|proc|sys|dev)(\/|$)/
  if (own.test(second)) return { message: `${second} is taken`, hint: 'Take another path in the container.' }
  return { value: { ...(first !== '' && { name: first }), path: second, readOnly: mode === 'ro' } }
}

/** Whether this can be the name of an image: `redis:7`, `ghcr.io/a/b@sha256:…`. */
export function isImageName(text: string): boolean {
  if (text.length > 300) return false
  const host = '(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::\\d+)?/)?'
  const path = '[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*'
  return new RegExp(`^${host}${path}(?::[\\w][\\w.-]{0,127})?(?:@sha256:[0-9a-f]{64})?$`).test(text)
}
