import { z } from 'zod'
import { ConversationEntry } from '../views/agents.ts'
import { ChangeDetail, ChangeSummary } from '../views/changes.ts'
import { changeId, limit, project, type Route } from './route.ts'

export const CreateChange = z.object({
  goal: z.string().trim().min(1).max(20_000),
  /** `auto`: whatever the agent does. `plan`: first a plan to confirm. */
  mode: z.enum(['auto', 'plan']).default('auto'),
})

export const changesRoutes = {
  createChange: {
    method: 'POST',
    path: '/api/projects/:project/changes',
    permission: 'change.write',
    tag: 'changes',
    summary: 'Give a goal: an agent starts to work on it.',
    params: project,
    body: CreateChange,
    response: ChangeDetail,
  },
  listChanges: {
    method: 'GET',
    path: '/api/changes',
    permission: 'change.read',
    acrossProjects: true,
    tag: 'changes',
    summary: 'Changes, newest first.',
    query: z.object({
      project: z.string().optional(),
      open: z.enum(['true', 'false']).optional(),
      before: z.uuid().optional(),
      limit,
    }),
    response: z.object({ items: z.array(ChangeSummary), next: z.uuid().nullable() }),
  },
  getChange: {
    method: 'GET',
    path: '/api/changes/:change',
    permission: 'change.read',
    tag: 'changes',
    summary: 'One change with conversation, pull request, evidence, gate and deployment.',
    params: changeId,
    response: ChangeDetail,
  },
  getChangeDiff: {
    method: 'GET',
    path: '/api/changes/:change/diff',
    permission: 'change.read',
    tag: 'changes',
    summary: 'The pull request as a unified diff, cut at 1 MB.',
    params: changeId,
    response: z.object({ diff: z.string(), truncated: z.boolean() }),
  },
  sendMessage: {
    method: 'POST',
    path: '/api/changes/:change/messages',
    permission: 'change.write',
    tag: 'changes',
    summary: 'Say something to the agent; it goes on in the same conversation.',
    params: changeId,
    body: z.object({ text: z.string().trim().min(1).max(20_000) }),
    response: ChangeDetail,
  },
  decidePlan: {
    method: 'POST',
    path: '/api/changes/:change/plan',
    permission: 'change.approve',
    tag: 'changes',
    summary: 'Confirm, change or reject the plan.',
    params: changeId,
    body: z.discriminatedUnion('decision', [
      z.object({ decision: z.literal('confirm') }),
      z.object({ decision: z.literal('change'), text: z.string().trim().min(1).max(20_000) }),
      z.object({ decision: z.literal('reject'), text: z.string().max(2000).optional() }),
    ]),
    response: ChangeDetail,
  },
  answerPermission: {
    method: 'POST',
    path: '/api/changes/:change/permissions/:question',
    permission: 'change.approve',
    tag: 'changes',
    summary: 'Answer what the agent asks; it goes on with the answer.',
    params: changeId.extend({ question: z.uuid() }),
    /** `option` is one of the question's; without it the one that says yes or no for this time. */
    body: z.object({ allow: z.boolean(), option: z.string().max(200).optional() }),
    response: ChangeDetail,
  },
  listConversation: {
    method: 'GET',
    path: '/api/changes/:change/conversation',
    permission: 'change.read',
    tag: 'changes',
    summary: 'The conversation in its order, after an entry: `turn.seq` as in `next`.',
    params: changeId,
    query: z.object({
      after: z
        .string()
        .regex(/^\d{1,9}\.\d{1,9}$/, 'turn.seq')
        .optional(),
      limit: z.coerce.number().int().min(1).max(1000).default(500),
    }),
    response: z.object({ items: z.array(ConversationEntry), next: z.string().nullable() }),
  },
  approveChange: {
    method: 'POST',
    path: '/api/changes/:change/approve',
    permission: 'change.approve',
    tag: 'changes',
    summary: 'Allow this head commit to edit workflows, gates or policy.',
    params: changeId,
    body: z.object({ commit: z.string().regex(/^[0-9a-f]{40,64}$/) }),
    response: ChangeDetail,
  },
  mergeChange: {
    method: 'POST',
    path: '/api/changes/:change/merge',
    permission: 'change.approve',
    tag: 'changes',
    summary: 'Land the validated commit.',
    params: changeId,
    response: ChangeDetail,
  },
  retryChange: {
    method: 'POST',
    path: '/api/changes/:change/retry',
    permission: 'change.write',
    tag: 'changes',
    summary: 'Validate the pull request again.',
    params: changeId,
    response: ChangeDetail,
  },
  cancelChange: {
    method: 'POST',
    path: '/api/changes/:change/cancel',
    permission: 'change.write',
    tag: 'changes',
    summary: 'Stop everything that runs for it and close its pull request.',
    params: changeId,
    response: ChangeDetail,
  },
} as const satisfies Record<string, Route>
