import { createContext, useContext } from 'react'

/** Verbs that any page may start and that the frame carries out. */
export interface FrameVerbs {
  /** Opens the goal dialog of a project, by slug. */
  giveGoal(project: string): void
  addProject(): void
}

export const FrameVerbsContext = createContext<FrameVerbs>({ giveGoal() {}, addProject() {} })

export function useFrameVerbs(): FrameVerbs {
  return useContext(FrameVerbsContext)
}
