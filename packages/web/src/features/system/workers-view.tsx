import { useQuery } from '@tanstack/react-query'
import { Empty, Loaded, PageBones } from '../../components/states.tsx'
import { queries } from '../../lib/queries.ts'
import { WorkerCard } from './worker-card.tsx'

/** The workers of every machine and what their sandboxes enforce. */
export function WorkersView() {
  const system = useQuery(queries.system())
  return (
    <Loaded query={system} bones={<PageBones />}>
      {({ workers }) => (
        <section className="stack" aria-label="Workers">
          {workers.length === 0 ? (
            <Empty title="No worker is running">
              Nothing will be executed. Start one with <code>signalbox worker</code>.
            </Empty>
          ) : null}
          {workers.map((worker) => (
            <WorkerCard key={worker.id} worker={worker} />
          ))}
        </section>
      )}
    </Loaded>
  )
}
