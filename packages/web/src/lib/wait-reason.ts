import type { SystemView } from '@signalbox/core/contract/views/system.ts'
import { useQuery } from '@tanstack/react-query'
import { plural } from './format.ts'
import { queries } from './queries.ts'

type Facts = Pick<SystemView, 'workers' | 'jobsInProgress' | 'health'>

/** Why no job is taken now, and what to do about it; null when nothing stands in the way. */
export function waitReason(system: Facts): string | null {
  const alive = system.workers.filter((worker) => worker.alive)
  if (alive.length === 0) {
    return 'No worker shows a sign of life, so no job is taken. Start one with “signalbox worker”.'
  }
  const able = alive.filter((worker) => worker.sandbox.some((sandbox) => sandbox.available))
  if (able.length === 0) {
    const why = alive.flatMap((worker) => worker.sandbox).find((sandbox) => sandbox.reason)?.reason
    return `No worker has a sandbox, so no job can run${why ? `: ${why}` : '.'}`
  }
  if (system.health.queue.status === 'down') return `The queue is down: ${system.health.queue.detail}`
  const slots = able.reduce((sum, worker) => sum + worker.slots, 0)
  if (system.jobsInProgress >= slots) return `All ${plural(slots, 'place')} for jobs are taken.`
  return null
}

/** `waitReason` of now, asked for only while something moves. What is `begun` has its place: only a lost worker stops it. */
export function useWaitReason({ moves, begun }: { moves: boolean; begun: boolean }): string | null {
  const system = useQuery({ ...queries.system(), enabled: moves })
  if (!moves || !system.data) return null
  if (begun && system.data.workers.some((worker) => worker.alive)) return null
  return waitReason(system.data)
}
