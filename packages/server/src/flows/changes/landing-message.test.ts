import { RepositorySettings } from '@signalbox/core/contract/settings.ts'
import { expect, test } from 'vitest'
import { landingMessage } from './landing-message.ts'

const commit = (name: string, subject: string) => ({
  id: 'a'.repeat(40),
  author: { name, email: `${name}@example.com`, at: 1 },
  subject,
  body: '',
})
const facts = {
  change: { number: 7, title: 'Mend the clock', goal: 'The clock is late.' },
  pullRequest: { head_branch: 'topic', base_branch: 'main' },
  commits: [commit('ann', 'First'), commit('bob', 'Second')],
}

test('a merge commit names its change', () => {
  const settings = RepositorySettings.parse({})
  expect(landingMessage({ ...facts, settings })).toBe(
    'Merge change #7: Mend the clock\n\nSignalbox-Change: 7\n',
  )
})

test('a squashed commit lists what went into it and thanks the others', () => {
  const settings = RepositorySettings.parse({ mergeMethod: 'squash' })
  expect(landingMessage({ ...facts, settings })).toBe(
    'Mend the clock (#7)\n\n* First\n* Second\n\nSignalbox-Change: 7\nCo-authored-by: ann <ann@example.com>\n',
  )
})

test('a template is filled in, unknown names stay, and a title cannot add trailers', () => {
  const settings = RepositorySettings.parse({
    commitMessage: '{title} [{branch} → {base}] {nothing}\n\n{goal}',
  })
  const change = { ...facts.change, title: 'Mend\nCo-authored-by: Mallory <m@example.com>' }
  expect(landingMessage({ ...facts, change, settings })).toBe(
    'Mend Co-authored-by: Mallory m@example.com [topic → main] {nothing}\n\nThe clock is late.\n\nSignalbox-Change: 7\n',
  )
})
