import type { RepositorySettings } from '@signalbox/core/contract/settings.ts'
import type { CommitFact } from '../../forge/port.ts'

const commitsNamed = 50

/** What the message of a merge or squash commit is made of. */
export interface LandingFacts {
  change: { number: number; title: string; goal: string }
  pullRequest: { head_branch: string; base_branch: string }
  /** Oldest first. */
  commits: CommitFact[]
  settings: RepositorySettings
}

/** The message, by the project's template or in our own words, with trailers for change and further authors. */
export function landingMessage({ change, pullRequest, commits, settings }: LandingFacts): string {
  const squash = settings.mergeMethod === 'squash'
  const listed = commits.slice(-commitsNamed).map((commit) => `* ${oneLine(commit.subject)}`)
  const values: Record<string, string> = {
    title: oneLine(change.title),
    number: String(change.number),
    goal: change.goal.trim(),
    branch: pullRequest.head_branch,
    base: pullRequest.base_branch,
    commits: listed.join('\n'),
  }
  const own = squash
    ? `${values['title']} (#${change.number})\n\n${commits.length > 1 ? values['commits'] : ''}`
    : `Merge change #${change.number}: ${values['title']}`
  const template = settings.commitMessage.trim()
  const text = template === '' ? own : template.replaceAll(/\{(\w+)\}/g, (all, name) => values[name] ?? all)
  return `${text.trim()}\n\n${trailers(change.number, squash ? commits : []).join('\n')}\n`
}

function trailers(number: number, commits: CommitFact[]): string[] {
  const newest = commits.at(-1)
  const people = commits.map(({ author }) => `${oneLine(author.name)} <${oneLine(author.email)}>`)
  const author = newest ? people.at(-1) : undefined
  const others = [...new Set(people)].filter((person) => person !== author)
  return [`Signalbox-Change: ${number}`, ...others.map((person) => `Co-authored-by: ${person}`)]
}

/** What a person or an agent wrote must not become further lines, and so further trailers. */
function oneLine(text: string): string {
  return text.replaceAll(/[\x00-\x20\x7f<>]+/g, ' ').trim()
}
