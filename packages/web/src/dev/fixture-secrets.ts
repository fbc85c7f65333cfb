import type { SecretView, VariableView } from '@signalbox/core/contract/views/secrets.ts'

const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3_600_000).toISOString()

/** Made-up secrets of a project. */
export const secrets: SecretView[] = [
  { name: 'NPM_TOKEN', environment: '', version: 2, updatedBy: 'Owner', lastUsedAt: hoursAgo(1) },
  {
    name: 'DATABASE_URL',
    environment: 'production',
    version: 1,
    updatedBy: 'Owner',
    lastUsedAt: hoursAgo(30),
  },
  { name: 'SIGNING_KEY', environment: 'staging', version: 1, updatedBy: null, lastUsedAt: null },
].map((secret) => ({ ...secret, createdAt: hoursAgo(400), updatedAt: hoursAgo(200) }))

/** Made-up variables of a project. */
export const plainVariables: VariableView[] = [
  { name: 'REGION', environment: '', value: 'eu-west', updatedBy: 'Owner', updatedAt: hoursAgo(90) },
]
