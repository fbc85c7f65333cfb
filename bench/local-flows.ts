import { execFileSync } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** One job of a flow that both languages can say. */
interface FlowJob {
  key: string
  needs: string[]
  commands: string[]
}

const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1)
const cell = (level: number, place: number): string => `l${level}j${place}`
const cells = (needs: (level: number, place: number) => string[]): FlowJob[] =>
  range(10).flatMap((level) =>
    range(10).map((place) => ({
      key: cell(level, place),
      needs: level === 1 ? [] : needs(level - 1, place),
      commands: [`echo ${level}.${place}`],
    })),
  )

/** What is measured: trivial commands, so that the time is the runner's own. */
export const flows = {
  '100 steps in one job': [{ key: 'one', needs: [], commands: range(100).map((n) => `echo ${n}`) }],
  '100 jobs of one step': range(100).map((n) => ({ key: `j${n}`, needs: [], commands: [`echo ${n}`] })),
  'grid of 10 x 10 jobs': cells((level, place) => [cell(level, place)]),
  'dense 10 x 10 jobs': cells((level) => range(10).map((place) => cell(level, place))),
} satisfies Record<string, FlowJob[]>

export type FlowName = keyof typeof flows

/** Makes a checkout of a flow for each side, and the same commands as scripts; a runner may leave files in its own. */
export async function makeCheckouts(folder: string, jobs: readonly FlowJob[]) {
  const ours = join(folder, 'ours')
  const peer = join(folder, 'peer')
  const bare = join(folder, 'bare')
  await mkdir(join(ours, '.github/workflows'), { recursive: true })
  await mkdir(peer)
  await mkdir(bare)
  await writeFile(join(ours, '.github/workflows/flow.yml'), ourText(jobs))
  await writeFile(join(peer, '.gitlab-ci.yml'), peerText(jobs))
  for (const checkout of [ours, peer]) commit(checkout)
  const commands = jobs.flatMap((job) => job.commands)
  for (const [index, command] of commands.entries())
    await writeFile(join(bare, `${index}.sh`), `${command}\n`)
  const every = commands.map((_, index) => `bash -e ${join(bare, `${index}.sh`)}`)
  await writeFile(join(bare, 'all.sh'), `${every.join('\n')}\n`)
  return { ours, peer, bare: join(bare, 'all.sh') }
}

function ourText(jobs: readonly FlowJob[]): string {
  const texts = jobs.map(({ key, needs, commands }) => {
    const after = needs.length > 0 ? `    needs: [${needs.join(', ')}]\n` : ''
    const steps = commands.map((command) => `      - run: ${command}\n`).join('')
    return `  ${key}:\n    runs-on: linux\n${after}    steps:\n${steps}`
  })
  return `on: push\njobs:\n${texts.join('')}`
}

function peerText(jobs: readonly FlowJob[]): string {
  const texts = jobs.map(({ key, needs, commands }) => {
    const script = commands.map((command) => `    - ${command}\n`).join('')
    return `${key}:\n  stage: test\n  needs: [${needs.join(', ')}]\n  script:\n${script}`
  })
  return texts.join('')
}

function commit(cwd: string): void {
  const git = (...args: string[]) => execFileSync('git', args, { cwd })
  git('init', '-q', '-b', 'main')
  git('add', '-A')
  git('-c', 'user.name=Bench', '-c', 'user.email=bench@localhost', 'commit', '-qm', 'A flow')
  // The peer asks for it; nothing is fetched from there.
  git('remote', 'add', 'origin', 'https://example.com/bench/flow.git')
}
