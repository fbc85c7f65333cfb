import { Modal } from '@mantine/core'
import type { DeploymentView } from '@signalbox/core/contract/views/deployments.ts'
import { useQuery } from '@tanstack/react-query'
import { AnsiText } from '../../components/ansi-text.tsx'
import { Bone, Loaded } from '../../components/states.tsx'
import { queries } from '../../lib/queries.ts'
import { useFocusBack } from '../../lib/use-focus-back.ts'

/** The last output of a release. */
export function ReleaseOutput({ deployment, onClose }: { deployment: DeploymentView; onClose: () => void }) {
  useFocusBack(true)
  const output = useQuery(queries.output(deployment.id, deployment.release === 'running'))
  const title = `Output of ${deployment.commit.slice(0, 7)} in ${deployment.environment}`
  return (
    <Modal opened onClose={onClose} title={title} size="xl">
      <Loaded query={output} bones={<Bone height={200} />}>
        {(text) =>
          text ? (
            <AnsiText text={text} label={title} />
          ) : (
            <p className="muted">It has not written anything.</p>
          )
        }
      </Loaded>
    </Modal>
  )
}
