import { notifications } from '@mantine/notifications'
import type { ChangeDetail } from '@signalbox/core/contract/views/changes.ts'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { Answer } from './answers.ts'
import { call } from './api.ts'
import { problemOf } from './problem.ts'
import { queries } from './queries.ts'

/** The change as it is when a question waits no more. */
export function withoutQuestion(change: ChangeDetail, question: string): ChangeDetail {
  if (!change.agentRun) return change
  const questions = change.agentRun.questions.filter(({ id }) => id !== question)
  const agentRun = { ...change.agentRun, questions }
  return questions.length > 0
    ? { ...change, agentRun }
    : { ...change, agentRun, waitingFor: null, reason: null }
}

/**
 * Answers what the agent of a change asks. The question goes at once; when somebody answered before, or the agent
 * does not wait any more, the page shows what the server has. That is said in a corner: the question, and perhaps
 * the whole change, stands no longer where it was answered.
 */
export function useAnswer(change: string) {
  const cache = useQueryClient()
  const { queryKey } = queries.change(change)
  return useMutation({
    mutationFn: ({ question, answer }: { question: string; answer: Answer }) =>
      call('answerPermission', {
        params: { change, question },
        body: { allow: answer.allow, option: answer.option },
      }),
    async onMutate({ question }) {
      await cache.cancelQueries({ queryKey })
      const before = cache.getQueryData(queryKey)
      if (before) cache.setQueryData(queryKey, withoutQuestion(before, question))
      return { before }
    },
    onError(error, _input, context) {
      const { code, detail, title, hint } = problemOf(error)
      if (context?.before && code !== 'refused') cache.setQueryData(queryKey, context.before)
      void cache.invalidateQueries({ queryKey })
      notifications.show({
        closeButtonProps: { 'aria-label': 'Dismiss' },
        title: 'Your answer did not count',
        message: [detail || title, hint].filter(Boolean).join(' '),
        color: 'red',
        autoClose: 12_000,
      })
    },
    onSuccess(after) {
      cache.setQueryData(queryKey, after)
      void cache.invalidateQueries({ queryKey: ['changes'] })
    },
    onSettled: () => cache.invalidateQueries({ queryKey: ['inbox'] }),
  })
}
