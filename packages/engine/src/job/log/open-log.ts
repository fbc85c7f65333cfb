import type { JobState } from '../job-state.ts'
import { placeFiles } from './matchers/place-files.ts'
import { createStepLog, type StepLog } from './step-log.ts'

/** The log of the step with this number: commands and problems are read as the job has them. */
export function openLog(state: JobState, step: number): StepLog {
  const { reporter, masker, request } = state
  const debug = request.secrets['ACTIONS_STEP_DEBUG'] ?? request.vars['ACTIONS_STEP_DEBUG']
  return createStepLog({
    step,
    reporter,
    masker,
    now: state.dependencies.now,
    debug: debug === 'true',
    matchers: state.matchers,
    placeFiles: (problems) => placeFiles(state.sandbox, problems),
  })
}
