import type { Contexts } from '../expressions/contexts.ts'
import type { Combination } from './expand-matrix.ts'

/** Which leg of a job's matrix an execution is. */
export interface LegPlace {
  combination: Combination
  /** From 0. */
  index: number
  total: number
  failFast: boolean
  maxParallel?: number | undefined
}

/** The `matrix` and `strategy` contexts; a job without a matrix is the only leg of its own. */
export function legContexts(leg: LegPlace | undefined): Required<Pick<Contexts, 'matrix' | 'strategy'>> {
  const total = leg?.total ?? 1
  return {
    matrix: leg?.combination ?? {},
    strategy: {
      'fail-fast': leg?.failFast ?? true,
      'job-index': leg?.index ?? 0,
      'job-total': total,
      'max-parallel': leg?.maxParallel ?? total,
    },
  }
}
