import { Button } from '@mantine/core'
import type { DeploymentView } from '@signalbox/core/contract/views/deployments.ts'
import type { ProjectCard } from '@signalbox/core/contract/views/projects.ts'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { ConfirmDialog } from '../../components/confirm-dialog.tsx'
import { DeploymentCard } from '../../components/deployment-card.tsx'
import { PermittedButton } from '../../components/permitted-button.tsx'
import { RollbackDialog } from '../../components/rollback-dialog.tsx'
import { Bone, ListBones, Loaded } from '../../components/states.tsx'
import { call } from '../../lib/api.ts'
import { queries } from '../../lib/queries.ts'
import { useRollback } from '../../lib/use-rollback.ts'
import { rollbackTarget } from '../../lib/usual.ts'
import { ReleaseList } from './release-list.tsx'
import { ReleaseOutput } from './release-output.tsx'

/** What is live of one project, and the releases one could go back to. */
export function EnvironmentView({ project }: { project: ProjectCard }) {
  const deployments = useQuery(queries.deployments(project.slug))
  return (
    <section className="stack" aria-label={project.name} style={{ marginBottom: 28 }}>
      <h2>{project.name}</h2>
      <Loaded query={deployments} bones={project.live ? <LiveBones /> : <Bone height={46} />}>
        {(items) => <Releases project={project} items={items} />}
      </Loaded>
    </section>
  )
}

/** The shape of what is live with its releases. */
function LiveBones() {
  return (
    <div className="stack" role="status" aria-label="Loading">
      <Bone height={106} />
      <ListBones rows={5} />
    </div>
  )
}

function Releases({ project, items }: { project: ProjectCard; items: DeploymentView[] }) {
  const [target, setTarget] = useState<DeploymentView | null>(null)
  const [output, setOutput] = useState<DeploymentView | null>(null)
  const rollback = useRollback(() => setTarget(null))
  const live = items.find((each) => each.live) ?? null
  const moving = items.find((each) => each.status !== 'completed' && each.id !== live?.id) ?? null
  const back = live ? rollbackTarget(items, live) : null
  const changes = useQuery(queries.changes({ project: project.slug }))
  const titles = new Map(
    changes.data?.items.map((change) => [change.id, `#${change.number} ${change.title}`]),
  )
  const failedHead = items.find(
    (each) => each.commit === project.headCommit && !each.live && each.conclusion !== 'superseded',
  )
  return (
    <>
      {moving ? (
        <div className="panel" style={{ padding: 16 }}>
          <DeploymentCard deployment={moving} />
        </div>
      ) : null}
      {live ? (
        <div className="panel" style={{ padding: 16 }}>
          <DeploymentCard
            deployment={live}
            change={live.changeId ? titles.get(live.changeId) : undefined}
            actions={
              <>
                <Button onClick={() => setOutput(live)}>Output</Button>
                {back ? (
                  <PermittedButton
                    permission="deployment.write"
                    project={project.id}
                    onClick={() => setTarget(back)}
                    data-testid="rollback-button"
                  >
                    Roll back to {back.commit.slice(0, 7)}
                  </PermittedButton>
                ) : null}
                <DeployButton
                  project={project}
                  before={live.commit === project.headCommit ? live : (failedHead ?? null)}
                />
              </>
            }
          />
        </div>
      ) : moving ? null : (
        <div className="panel list-row">
          <span className="grow">
            Nothing is live.{' '}
            <span className="muted">
              A merge goes out by itself when{' '}
              <Link
                className="quiet-link"
                to="/projects/$slug/settings"
                params={{ slug: project.slug }}
                search={{ tab: 'deployment' }}
              >
                deployment is on
              </Link>
              .
            </span>
          </span>
          <DeployButton project={project} before={failedHead ?? null} />
        </div>
      )}
      <ReleaseList
        project={project.id}
        items={items}
        live={live}
        titles={titles}
        onRollback={setTarget}
        onOutput={setOutput}
      />
      {target ? (
        <RollbackDialog
          open
          live={live}
          target={target}
          busy={rollback.isPending}
          error={rollback.error}
          onConfirm={() => rollback.mutate(target.id)}
          onClose={() => setTarget(null)}
        />
      ) : null}
      {output ? <ReleaseOutput deployment={output} onClose={() => setOutput(null)} /> : null}
    </>
  )
}

interface DeployButtonProps {
  project: ProjectCard
  /** The deployment of the same commit that was before this one. */
  before: DeploymentView | null
}

function DeployButton({ project, before }: DeployButtonProps) {
  const [asking, setAsking] = useState(false)
  const cache = useQueryClient()
  const deploy = useMutation({
    mutationFn: () => call('createDeployment', { params: { project: project.slug } }),
    onSuccess: async () => {
      await cache.invalidateQueries({ queryKey: ['deployments'] })
      setAsking(false)
    },
  })
  if (!project.headCommit) return null
  const head = project.headCommit.slice(0, 7)
  return (
    <>
      <PermittedButton permission="deployment.write" project={project.id} onClick={() => setAsking(true)}>
        Deploy {head}
        {before ? ' again' : ''}
      </PermittedButton>
      <ConfirmDialog
        open={asking}
        title={`Deploy ${project.name}`}
        verb={`Deploy ${head}`}
        busy={deploy.isPending}
        error={deploy.error}
        onConfirm={() => deploy.mutate()}
        onClose={() => setAsking(false)}
      >
        The head of {project.defaultBranch}, {head}, is started beside what is live, checked, and only then
        gets the traffic. If it is unhealthy, the traffic stays where it is.
        {before?.reason && !before.live ? (
          <p className="lamp-text-waiting" style={{ marginTop: 8 }}>
            The same commit did not stay before: {before.reason}
          </p>
        ) : null}
      </ConfirmDialog>
    </>
  )
}
