import { Failure } from '@signalbox/core/base/failure.ts'
import type { DeploymentView } from '@signalbox/core/contract/views/deployments.ts'
import { z } from 'zod'
import { followEvents } from '../../api/follow.ts'
import { addCommand, type Family } from '../add-command.ts'
import { type Cli, confirm, liveConnection } from '../cli.ts'
import { exitCodes } from '../exit-code.ts'
import { findProject } from '../find.ts'
import { ago, cut, shortCommit, table } from '../format.ts'
import { progress } from '../lamps.ts'
import { plain, plainLine } from '../style.ts'

const waitFlag = ['--wait', 'follow it until it is live or was taken back; then 3'] as const

/** `deploy`, `deployments`, `rollback`. */
export function addDeploymentCommands({ program, cli, outcome }: Family): void {
  addCommand(program, outcome, {
    usage: 'deploy [project]',
    summary: 'Deploy the head of the default branch.',
    flags: [waitFlag],
    options: z.object({ wait: z.boolean().default(false) }),
    examples: ['signalbox deploy shop', 'signalbox deploy shop --wait'],
    async run({ args: [named], options, json }) {
      const { slug } = await findProject(cli.api(), named)
      const deployment = await cli.api().call('createDeployment', { params: { project: slug } })
      return announce(cli, deployment, { ...options, json, slug })
    },
  })
  addCommand(program, outcome, {
    usage: 'deployments [project]',
    summary: 'List deployments, newest first, with the releases that are kept.',
    examples: ['signalbox deployments shop', 'signalbox deployments shop --json'],
    async run({ args: [named], json }) {
      const { slug } = await findProject(cli.api(), named)
      const answer = await cli.api().call('listDeployments', { params: { project: slug } })
      if (json) return cli.json(answer)
      if (answer.items.length === 0) return cli.out(`Nothing was deployed yet: signalbox deploy ${slug}\n`)
      cli.out(deploymentsText(cli, answer.items))
    },
  })
  addCommand(program, outcome, {
    usage: 'rollback [project]',
    summary: 'Send the traffic back to a kept release.',
    details: 'Without --to: to the newest kept release of another commit that was healthy while it was live.',
    flags: [
      ['--to <deployment>', 'its id, or the beginning of it, or the commit; see signalbox deployments'],
      ['--yes', 'do not ask'],
      waitFlag,
    ],
    options: z.object({
      to: z.string().min(4, 'at least four characters').optional(),
      yes: z.boolean().optional(),
      wait: z.boolean().default(false),
    }),
    examples: ['signalbox rollback shop', 'signalbox rollback shop --to 3f2a91c0 --yes --wait'],
    async run({ args: [named], options, json }) {
      const { slug } = await findProject(cli.api(), named)
      const { items } = await cli.api().call('listDeployments', { params: { project: slug } })
      const target = chooseRelease(items, options.to)
      const when = ago(target.liveAt ?? target.createdAt, cli.now())
      await confirm(cli, `Roll ${slug} back to ${shortCommit(target.commit)} (${when})?`, options.yes)
      const deployment = await cli.api().call('rollbackTo', { params: { deployment: target.id } })
      return announce(cli, deployment, { ...options, json, slug })
    },
  })
}

/** The release to go back to; a Failure that says which there are. `items` come newest first. */
export function chooseRelease(items: readonly DeploymentView[], to: string | undefined): DeploymentView {
  const kept = items.filter((one) => !one.live && (one.release === 'running' || one.release === 'stopped'))
  const hint = 'See which releases are kept: signalbox deployments'
  if (to !== undefined) {
    const wanted = to.toLowerCase()
    const named = kept.filter((one) => one.id.startsWith(wanted) || one.commit.startsWith(wanted))
    const [first, ...others] = named
    if (first && (others.length === 0 || others.every((one) => one.commit === first.commit))) return first
    if (first) throw new Failure('usage', `More than one kept release begins with ${to}.`, { hint })
    const live = items.some((one) => one.live && (one.id.startsWith(wanted) || one.commit.startsWith(wanted)))
    throw new Failure('not-found', live ? `${to} is live already.` : `No kept release is called ${to}.`, {
      hint,
    })
  }
  const live = items.find((one) => one.live)
  // Only what held out while it was live is worth going back to.
  const heldOut = kept.filter((one) => one.conclusion === 'live' || one.conclusion === 'superseded')
  const previous = heldOut.find((one) => one.commit !== live?.commit)
  if (previous) return previous
  throw new Failure('not-found', 'There is no earlier release that is kept.', { hint })
}

function deploymentsText(cli: Cli, items: readonly DeploymentView[]): string {
  return table([
    ['DEPLOYMENT', 'COMMIT', 'BY', 'STATE', 'RELEASE', 'WHEN', ''],
    ...items.map((one) => [
      one.id,
      shortCommit(one.commit),
      one.trigger,
      progress(one.status, one.conclusion, cli.style),
      one.live ? cli.style.green('● live') : one.release,
      ago(one.createdAt, cli.now()),
      one.reason ? cut(plainLine(one.reason), 60) : '',
    ]),
  ])
}

async function announce(
  cli: Cli,
  deployment: DeploymentView,
  options: { wait: boolean; json: boolean; slug: string },
): Promise<number> {
  if (options.wait) return watchDeployment(cli, deployment.id, options.json)
  if (options.json) cli.json(deployment)
  else {
    const verb = deployment.trigger === 'rollback' ? 'Rolling back to' : 'Deploying'
    cli.out(`${verb} ${shortCommit(deployment.commit)} of ${options.slug} (${deployment.id})\n`)
    cli.out(cli.style.dim(`Next: signalbox deployments ${options.slug}\n`))
  }
  return exitCodes.ok
}

/** Follows a deployment to its end; answers the exit code. As JSON it prints the deployment at the end. */
async function watchDeployment(cli: Cli, id: string, json: boolean): Promise<number> {
  let known: DeploymentView | undefined
  async function look(): Promise<boolean> {
    const now = await cli.api().call('getDeployment', { params: { deployment: id } })
    const moved = known?.status !== now.status || known?.conclusion !== now.conclusion
    if (moved && !json) cli.out(`${progress(now.status, now.conclusion, cli.style)}\n`)
    known = now
    return now.status !== 'completed'
  }
  await followEvents(liveConnection(cli), {
    onReady: look,
    onEvent: (event) => (event.deploymentId === id ? look() : true),
  })
  if (!known || cli.signal.aborted) return exitCodes.interrupted
  if (json) cli.json(known)
  else if (known.reason) cli.out(`${plain(known.reason)}\n`)
  else if (known.url) cli.out(`Live at ${known.url}\n`)
  return known.conclusion === 'live' ? exitCodes.ok : exitCodes.failed
}
