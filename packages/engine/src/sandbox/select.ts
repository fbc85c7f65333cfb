import { createBubblewrapProvider } from './bubblewrap/provider.ts'
import { createHostProvider } from './host/provider.ts'
import { unavailable } from './linux/probe.ts'
import type { LinuxProvider, LinuxProviderOptions } from './linux/provider.ts'
import type { Capabilities } from './port.ts'
import { createUnshareProvider } from './unshare/provider.ts'

const PROVIDERS = {
  bubblewrap: createBubblewrapProvider,
  unshare: createUnshareProvider,
  host: createHostProvider,
} as const

export type ProviderName = keyof typeof PROVIDERS

/** What was found: a provider, or none with the reason of each that was tried. */
export interface Selection {
  provider: LinuxProvider | undefined
  capabilities: Capabilities
  /** Every provider that was probed, in order. */
  tried: Capabilities[]
}

/** Probes the providers of this machine, the preferred one first, and picks the first that works. Never throws. */
export async function selectProvider(
  options: LinuxProviderOptions & { prefer?: ProviderName },
): Promise<Selection> {
  const tried: Capabilities[] = []
  // The unsafe one only by its name and alone: what was asked for and does not work is not made up for.
  const order: ProviderName[] =
    options.prefer === 'host'
      ? ['host']
      : options.prefer === 'unshare'
        ? ['unshare', 'bubblewrap']
        : ['bubblewrap', 'unshare']
  for (const name of order) {
    try {
      const provider = PROVIDERS[name](options)
      const capabilities = await provider.probe()
      tried.push(capabilities)
      if (capabilities.available) return { provider, capabilities, tried }
    } catch (error) {
      tried.push(unavailable(name, error instanceof Error ? error.message : String(error)))
    }
  }
  const reason = tried.map((one) => `${one.provider}: ${one.reason ?? 'does not work'}`).join(' ')
  return { provider: undefined, capabilities: unavailable('none', reason), tried }
}
