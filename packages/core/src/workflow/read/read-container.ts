import type { ContainerTemplate, ServiceTemplate, Template } from '../model.ts'
import { readContainerOptions, wordsOf } from './container-options.ts'
import { isImageName, type Part, readPort, readVolume } from './container-parts.ts'
import { entriesByKey, nearest } from './read-keys.ts'
import { readTemplate, readTemplateMap } from './read-template.ts'
import { type Located, listOf, mapOf, type Reader, refuse } from './reader.ts'

const known = ['image', 'credentials', 'env', 'ports', 'volumes', 'options']
const knownOfService = [...known, 'entrypoint', 'command']

/** Reads `container:` of a job: an image, or a mapping with one. What an expression makes is checked when it runs. */
export function readContainer(reader: Reader, value: Located): ContainerTemplate | undefined {
  if (value.node.kind === 'scalar') {
    const image = readImage(reader, value)
    return image && { image, env: [], ports: [], volumes: [], start: value.node.start }
  }
  return readMapping(reader, value, 'container', known)
}

/** Reads `services:` of a job. */
export function readServices(reader: Reader, value: Located): ServiceTemplate[] {
  return (mapOf(reader, value, 'services') ?? []).flatMap((entry) => {
    if (!/^[A-Za-z_][\w-]{0,62}$/.test(entry.key)) {
      refuse(reader, entry.keyAt, {
        code: 'invalid-id',
        message: `${entry.key.slice(0, 80)} cannot be the name of a service`,
        hint: 'Letters, digits, - and _ only; it is the name by which the job reaches it.',
      })
    }
    const what = `the service ${entry.key}`
    const read =
      entry.node.kind === 'scalar'
        ? readContainer(reader, entry)
        : readMapping(reader, entry, what, knownOfService)
    return read ? [{ ...read, id: entry.key, start: entry.keyAt.start }] : []
  })
}

function readMapping(
  reader: Reader,
  value: Located,
  what: string,
  keys: readonly string[],
): Omit<ServiceTemplate, 'id'> | undefined {
  const entries = mapOf(reader, value, what)
  if (!entries) return undefined
  for (const entry of entries.filter(({ key }) => !keys.includes(key))) {
    refuse(reader, entry.keyAt, {
      code: 'unknown-key',
      message: `${entry.key} is not a key of ${what}`,
      hint: nearest(entry.key, keys),
    })
  }
  const found = entriesByKey(entries)
  if (!found['image']) {
    refuse(reader, value.node, {
      code: 'missing-key',
      message: `image is missing in ${what}`,
      hint: 'Add `image: name:tag`.',
    })
    return undefined
  }
  const image = readImage(reader, found['image'])
  const text = (key: string): Template | undefined => found[key] && readTemplate(reader, found[key], key)
  const list = (key: string, check: (text: string) => Part<unknown>): Template[] =>
    found[key] ? readList(reader, found[key], key, check) : []
  if (found['options']) checkOptions(reader, found['options'])
  for (const key of ['entrypoint', 'command']) {
    const source = text(key)?.source
    if (found[key] && source !== undefined && !wordsOf(source))
      refuse(reader, found[key].node, {
        code: 'invalid-container',
        message: `a quote in ${key} is not closed`,
        hint: 'Close it.',
      })
  }
  return (
    image && {
      image,
      credentials: found['credentials'] && readCredentials(reader, found['credentials']),
      env: found['env'] ? readTemplateMap(reader, found['env'], 'env') : [],
      ports: list('ports', readPort),
      volumes: list('volumes', readVolume),
      options: text('options'),
      entrypoint: text('entrypoint'),
      command: text('command'),
      start: value.node.start,
    }
  )
}

function readImage(reader: Reader, value: Located): Template | undefined {
  const image = readTemplate(reader, value, 'image')
  if (image && !image.source.includes('${{') && image.source !== '' && !isImageName(image.source)) {
    refuse(reader, value.node, {
      code: 'invalid-container',
      message: `${image.source.slice(0, 120)} is not the name of an image`,
      hint: 'Write it as `docker pull` takes it: `redis:7` or `ghcr.io/owner/name:tag`.',
    })
  }
  return image
}

function readCredentials(reader: Reader, value: Located): ContainerTemplate['credentials'] {
  const entries = mapOf(reader, value, 'credentials') ?? []
  const { username, password } = entriesByKey(entries)
  if (!username || !password) {
    refuse(reader, value.node, {
      code: 'missing-key',
      message: 'credentials need a username and a password',
      hint: 'Write `password: ${{ secrets.NAME }}`.',
    })
    return undefined
  }
  const name = readTemplate(reader, username, 'username')
  const secret = readTemplate(reader, password, 'password')
  return name && secret && { username: name, password: secret }
}

function readList(
  reader: Reader,
  value: Located,
  what: string,
  check: (text: string) => Part<unknown>,
): Template[] {
  return (listOf(reader, value, what) ?? []).flatMap((item) => {
    const template = readTemplate(reader, item, what)
    if (template && !template.source.includes('${{')) {
      const part = check(template.source)
      if ('message' in part) refuse(reader, item.node, { code: 'invalid-container', ...part })
    }
    return template ? [template] : []
  })
}

function checkOptions(reader: Reader, value: Located): void {
  if (value.node.kind !== 'scalar') return
  const text = String(value.node.value ?? '')
  if (text.includes('${{')) return
  for (const problem of readContainerOptions(text).problems)
    refuse(reader, value.node, { code: 'refused-option', ...problem })
}
