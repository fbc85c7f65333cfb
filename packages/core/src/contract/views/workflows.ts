import { z } from 'zod'

/** Values for the inputs of a workflow, by name. */
export const InputValues = z
  .record(z.string().min(1).max(200), z.union([z.string().max(65_535), z.number(), z.boolean()]))
  .refine((values) => Object.keys(values).length <= 100, 'at most 100 inputs')
export type InputValues = z.infer<typeof InputValues>

/** A branch of a project's repository. */
export const BranchView = z.object({ name: z.string(), commit: z.string(), isDefault: z.boolean() })
export type BranchView = z.infer<typeof BranchView>

/** A workflow file of a branch. */
export const WorkflowFileView = z.object({
  file: z.string(),
  name: z.string(),
  /** Names of the events under `on`; empty when the file cannot be read. */
  on: z.array(z.string()),
  inputs: z.array(
    z.object({
      name: z.string(),
      type: z.enum(['string', 'boolean', 'number', 'choice', 'environment']),
      required: z.boolean(),
      description: z.string(),
      default: z.string().nullable(),
      options: z.array(z.string()),
    }),
  ),
  /** Keys of its jobs. */
  jobs: z.array(z.string()),
  diagnostics: z.array(
    z.object({
      severity: z.enum(['error', 'warning']),
      code: z.string(),
      message: z.string(),
      hint: z.string().nullable(),
      line: z.int(),
      column: z.int(),
    }),
  ),
})
export type WorkflowFileView = z.infer<typeof WorkflowFileView>
