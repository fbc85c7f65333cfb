import { z } from 'zod'
import { time } from './wire.ts'

const reserved = /^(GITHUB_|SIGNALBOX_|RUNNER_)/

/** The name of a secret or variable by GitHub's rules; stored in upper case, as names there know no case. */
export const SecretName = z
  .string()
  .max(128)
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'letters, digits and _, no digit first')
  .transform((name) => name.toUpperCase())
  .refine((name) => !reserved.test(name), 'names that begin with GITHUB_, RUNNER_ or SIGNALBOX_ are taken')

/** An environment by its name, or empty for every environment. */
export const SecretEnvironment = z
  .string()
  .regex(/^([a-z0-9-]{1,40})?$/, 'the name of an environment')
  .default('')

/** What GitHub takes, too: 48 KiB. */
export const longestSecretBytes = 48 * 1024

/** The value of a secret or variable: at most 48 KiB as UTF-8, without NUL. */
export const SecretValue = z
  .string()
  .min(1, 'a value')
  .max(longestSecretBytes)
  .refine((value) => new TextEncoder().encode(value).length <= longestSecretBytes, 'at most 48 KiB')
  .refine((value) => !value.includes('\0'), 'no NUL')

/** A secret as anybody sees it: everything but its value. */
export const SecretView = z.object({
  name: z.string(),
  /** Empty: every environment. */
  environment: z.string(),
  version: z.int(),
  createdAt: time,
  updatedAt: time,
  /** Null: unknown, or a person who is gone. */
  updatedBy: z.string().nullable(),
  /** When a job or a release was last given it. */
  lastUsedAt: time.nullable(),
})
export type SecretView = z.infer<typeof SecretView>

/** A plain variable: `vars.NAME`. */
export const VariableView = z.object({
  name: z.string(),
  environment: z.string(),
  value: z.string(),
  updatedAt: time,
  updatedBy: z.string().nullable(),
})
export type VariableView = z.infer<typeof VariableView>
