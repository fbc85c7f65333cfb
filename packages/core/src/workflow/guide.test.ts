import { readFileSync, writeFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { refusedKeys, supportedKeys } from './supported.ts'

const guide = new URL('../../../../docs/guide/workflows.md', import.meta.url)

function table(): string {
  const rows = (['workflow', 'job', 'step'] as const).flatMap((level) => [
    ...supportedKeys[level].map((key) => `| ${level} | \`${key}\` | works |`),
    ...Object.entries(refusedKeys[level]).map(
      ([key, hint]) => `| ${level} | \`${key}\` | refused: ${hint} |`,
    ),
  ])
  return ['<!-- keys -->', '| where | key | |', '|---|---|---|', ...rows, '<!-- /keys -->'].join('\n')
}

it('the guide names every key as the code treats it', () => {
  const text = readFileSync(guide, 'utf8')
  const printed = text.replace(/<!-- keys -->[\s\S]*<!-- \/keys -->/, () => table())
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(guide, printed)
  else expect(text).toBe(printed)
})
