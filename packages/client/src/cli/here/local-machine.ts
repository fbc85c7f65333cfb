import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Failure } from '@signalbox/core/base/failure.ts'
import { newId } from '@signalbox/core/base/ids.ts'
import { SandboxSettings } from '@signalbox/core/contract/settings.ts'
import type { CheckoutSource, JobServices } from '@signalbox/engine/job/port.ts'
import { type WorktreeSource, worktreeSource } from '@signalbox/engine/job/source/worktree-source.ts'
import type { NetworkMode, SandboxProvider } from '@signalbox/engine/sandbox/port.ts'
import type { Services } from '@signalbox/engine/services/services.ts'
import { dataDirOf } from '../../api/connection.ts'
import type { Cli } from '../cli.ts'
import { plain } from '../style.ts'
import { type RunHere, sandboxNames } from './run-options.ts'

/** Sandboxes of runs like this one whose process was killed are ended by the next. */
export const ownerId = 'signalbox-run'

/** What runs on this machine share: sandboxes, the tree, the way out. */
export interface LocalMachine {
  provider: SandboxProvider
  source: CheckoutSource
  /** The top folder of the checkout. */
  root: string
  network: NetworkMode
  services: JobServices
  close(): Promise<void>
}

/** Where the artifacts of a run are kept. */
export function artifactsFolder(dataDir: string, runId: string): string {
  return join(dataDir, 'artifacts', runId)
}

/** Makes ready what a run needs. Throws a Failure that says what this machine lacks. */
export async function openMachine(cli: Cli, wish: RunHere, root: string): Promise<LocalMachine> {
  const dataDir = dataDirOf(cli.env)
  const [provider, tree] = await both(readyProvider(cli, wish, dataDir), worktreeSource(root))
  try {
    // On the host itself the host's network is theirs.
    const services = lazyServices(cli, { provider, dataDir, root: tree.root })
    const egress =
      provider.name === 'host' ? undefined : await openEgress(cli, wish, dataDir, services.handle)
    return {
      provider,
      source: tree.source,
      root: tree.root,
      network: egress ? { mode: 'egress', proxySocket: egress.socketPath } : { mode: 'none' },
      services,
      async close() {
        await egress?.close()
        await services.close()
        await tree.close()
      },
    }
  } catch (error) {
    await tree.close()
    throw error
  }
}

/** Both side by side; when the sandbox is missing nothing is left of the tree. */
async function both(
  provider: Promise<SandboxProvider>,
  tree: Promise<WorktreeSource>,
): Promise<[SandboxProvider, WorktreeSource]> {
  const [first, second] = await Promise.allSettled([provider, tree])
  if (first.status === 'rejected') {
    if (second.status === 'fulfilled') await second.value.close()
    throw first.reason
  }
  if (second.status === 'rejected') throw second.reason
  return [first.value, second.value]
}

/** The services that actions call, opened for the first job that has such an action: a run of commands starts faster. */
function lazyServices(
  cli: Cli,
  place: { provider: SandboxProvider; dataDir: string; root: string },
): Services {
  let opening: Promise<Services> | undefined
  let opened: Services | undefined
  const onError = (error: unknown) => cli.err(`! ${plain(String(error))}\n`)
  return {
    async open(request) {
      opening ??= import('./local-services.ts').then(({ localServices }) =>
        localServices({ ...place, now: cli.now, onError }),
      )
      opened = await opening
      return await opened.open(request)
    },
    handle: (req, res) => opened?.handle(req, res) ?? false,
    close: async () => await opened?.close(),
  }
}

async function openEgress(cli: Cli, wish: RunHere, dataDir: string, services: Services['handle']) {
  const socketPath = join(dataDir, 'egress', `run-${newId().slice(-12)}.sock`)
  await mkdir(join(dataDir, 'egress'), { recursive: true, mode: 0o711 })
  const { startEgressProxy } = await import('@signalbox/engine/sandbox/egress/proxy.ts')
  const { withNpmRegistry } = await import('@signalbox/engine/sandbox/egress/npm-registry.ts')
  const proxy = await startEgressProxy({
    socketPath,
    services,
    allow: await withNpmRegistry([...SandboxSettings.parse({}).allowHosts, ...wish.allow]),
    onRequest(request) {
      if (request.allowed || wish.json) return
      const hint = request.reason === 'not-on-the-list' ? `; allow it with --allow ${request.host}` : ''
      cli.err(
        cli.style.yellow(`! ${plain(request.host)}:${request.port} was refused (${request.reason})${hint}\n`),
      )
    },
  })
  return {
    socketPath,
    async close() {
      await proxy.close()
      await rm(socketPath, { force: true })
    },
  }
}

async function readyProvider(cli: Cli, wish: RunHere, dataDir: string): Promise<SandboxProvider> {
  // `host` too: a person runs the workflow of their own checkout, and named it.
  const prefer = wish.sandbox ?? sandboxNames.find((name) => name === cli.env['SIGNALBOX_SANDBOX'])
  await mkdir(dataDir, { recursive: true, mode: 0o711 }).catch((cause: unknown) => {
    throw new Failure('data-folder', `${dataDir} cannot be made.`, {
      hint: 'Name a folder of your own: SIGNALBOX_DATA_DIR.',
      cause,
    })
  })
  if (prefer === 'docker') return await dockerProvider(cli)
  if (prefer === 'host') {
    const { readyDirectProvider } = await import('@signalbox/engine/sandbox/host/direct/provider.ts')
    const provider = await readyDirectProvider({ dataDir, env: cli.env })
    await provider.reapOrphans(ownerId)
    return provider
  }
  const { selectProvider } = await import('@signalbox/engine/sandbox/select.ts')
  const { provider, capabilities } = await selectProvider({ dataDir, prefer })
  // A sandbox that was named is not made up for by another one.
  if (!provider || (wish.sandbox !== undefined && provider.name !== wish.sandbox)) {
    const which =
      wish.sandbox === undefined ? 'No sandbox' : `The sandbox ${wish.sandbox} does not work; no other`
    throw new Failure('no-sandbox', `${which} works on this machine. ${capabilities.reason ?? ''}`.trim(), {
      hint: 'Nothing runs outside of a sandbox. "signalbox doctor" says what is missing.',
    })
  }
  await provider.reapOrphans(ownerId)
  return provider
}

/** The whole run in containers of one image, which nobody but the person can choose. */
async function dockerProvider(cli: Cli): Promise<SandboxProvider> {
  const image = cli.env['SIGNALBOX_SANDBOX_IMAGE']
  if (!image) {
    throw new Failure('no-sandbox', 'The sandbox docker needs an image, and none is named.', {
      hint: 'Name one with bash and git: SIGNALBOX_SANDBOX_IMAGE=node:24-bookworm. It is pulled when it is not here.',
    })
  }
  const { createContainerEngine } = await import('@signalbox/engine/sandbox/docker/engine.ts')
  const { createDockerProvider } = await import('@signalbox/engine/sandbox/docker/provider.ts')
  const engine = createContainerEngine({ dataDir: dataDirOf(cli.env), env: cli.env })
  const state = await engine.probe()
  if (!state.available) {
    const options = state.hint === undefined ? {} : { hint: state.hint }
    throw new Failure('container-engine-missing', state.reason ?? 'No container engine runs here.', options)
  }
  const provider = createDockerProvider(engine, image)
  await provider.reapOrphans(ownerId)
  return provider
}
