import type { JobEnvironment } from '../model.ts'
import { entriesByKey, nearest } from './read-keys.ts'
import { readTemplate } from './read-template.ts'
import { type Located, mapOf, type Reader, refuse } from './reader.ts'

const known = ['name', 'url', 'deployment'] as const

/** Reads `environment:` of a job: a name, or a mapping with one. `deployment` is checked and needs nothing here. */
export function readEnvironment(reader: Reader, value: Located): JobEnvironment | undefined {
  if (value.node.kind === 'scalar') {
    const name = readTemplate(reader, value, 'environment')
    return name && { name, start: value.node.start }
  }
  const entries = mapOf(reader, value, 'environment')
  if (!entries) return undefined
  for (const entry of entries.filter(({ key }) => !known.some((name) => name === key))) {
    refuse(reader, entry.keyAt, {
      code: 'unknown-key',
      message: `${entry.key} is not a key of environment`,
      hint: nearest(entry.key, known),
    })
  }
  const { name, url, deployment } = entriesByKey(entries)
  const template = name && readTemplate(reader, name, 'name')
  if (!template || template.source === '') {
    refuse(reader, name?.node ?? value.node, {
      code: 'missing-key',
      message: 'environment has no name',
      hint: 'Add `name: production` or another name.',
    })
  }
  const makes = deployment && readTemplate(reader, deployment, 'deployment')
  if (deployment && makes && !makes.source.includes('${{') && !/^(true|false)$/.test(makes.source)) {
    refuse(reader, deployment.node, {
      code: 'invalid-environment',
      message: `deployment is true or false, not ${makes.source || 'nothing'}`,
      hint: 'Write true or false.',
    })
  }
  return template && { name: template, url: url && readTemplate(reader, url, 'url'), start: value.node.start }
}
