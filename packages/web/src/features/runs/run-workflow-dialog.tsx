import { Modal, Select } from '@mantine/core'
import type { WorkflowFileView } from '@signalbox/core/contract/views/workflows.ts'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Bone, Empty, Loaded } from '../../components/states.tsx'
import { queries } from '../../lib/queries.ts'
import { WorkflowForm } from './workflow-form.tsx'

interface RunWorkflowDialogProps {
  /** The project's slug; undefined: it is asked for. */
  project: string | undefined
  open: boolean
  onClose: () => void
}

/** Asks which workflow of which branch shall run, and with which inputs; then goes to its run. */
export function RunWorkflowDialog({ project, open, onClose }: RunWorkflowDialogProps) {
  return (
    <Modal
      opened={open}
      onClose={onClose}
      title={project ? `Run a workflow of ${project}` : 'Run a workflow'}
    >
      {open ? <Questions project={project} onClose={onClose} /> : null}
    </Modal>
  )
}

function Questions({ project, onClose }: Pick<RunWorkflowDialogProps, 'project' | 'onClose'>) {
  const projects = useQuery({ ...queries.projects(), enabled: project === undefined }).data ?? []
  const [chosen, setChosen] = useState<string | null>(null)
  const slug = project ?? chosen ?? (projects.length === 1 ? projects[0]?.slug : undefined)
  return (
    <div className="stack" data-testid="workflow-dialog">
      {project === undefined ? (
        <Select
          label="Project"
          data={projects.map((each) => ({ value: each.slug, label: each.name }))}
          value={slug ?? null}
          placeholder="Choose a project"
          searchable
          allowDeselect={false}
          onChange={setChosen}
          data-autofocus
        />
      ) : null}
      {slug ? <OfProject key={slug} project={slug} onClose={onClose} /> : null}
    </div>
  )
}

function OfProject({ project, onClose }: { project: string; onClose: () => void }) {
  const branches = useQuery(queries.branches(project))
  const [branch, setBranch] = useState<string>()
  const files = useQuery(queries.workflowFiles(project, branch))
  const items = branches.data?.items ?? []
  const main = items.find((each) => each.isDefault)?.name
  return (
    <>
      <Select
        label="Branch"
        data={items.map((each) => each.name)}
        value={branch ?? main ?? null}
        searchable
        allowDeselect={false}
        nothingFoundMessage="No such branch"
        description={branches.data?.more ? 'The first 1000 are listed.' : undefined}
        onChange={(next) => setBranch(next === null || next === main ? undefined : next)}
        data-testid="workflow-branch"
      />
      <Loaded query={files} bones={<Bone height={56} />}>
        {(found) => (
          <OfBranch
            key={branch ?? ''}
            files={found}
            project={project}
            branch={branch}
            where={branch ?? main ?? 'the default branch'}
            onClose={onClose}
          />
        )}
      </Loaded>
    </>
  )
}

interface OfBranchProps {
  files: WorkflowFileView[]
  project: string
  branch: string | undefined
  /** The branch in words. */
  where: string
  onClose: () => void
}

function OfBranch({ files, project, branch, where, onClose }: OfBranchProps) {
  const offered = files.filter(isOffered)
  const [chosen, setChosen] = useState<string | null>(null)
  const only = offered.length === 1 ? offered[0] : undefined
  const picked = offered.find(({ file }) => file === chosen) ?? only
  if (offered.length === 0) return <NothingToStart files={files} where={where} />
  return (
    <>
      <Select
        label="Workflow"
        data={offered.map(({ file, name }) => ({ value: file, label: labelOf(name, file) }))}
        value={picked?.file ?? null}
        placeholder="Choose a workflow"
        description={picked?.file}
        searchable={offered.length > 8}
        allowDeselect={false}
        onChange={setChosen}
        data-testid="workflow-input"
      />
      {picked && isBroken(picked) ? <Broken workflow={picked} /> : null}
      {picked && !isBroken(picked) ? (
        <WorkflowForm
          key={picked.file}
          project={project}
          branch={branch}
          workflow={picked}
          onClose={onClose}
        />
      ) : null}
    </>
  )
}

function labelOf(name: string, file: string): string {
  const last = file.split('/').pop() ?? file
  return name === last ? name : `${name} · ${last}`
}

/** A file that cannot be read may be meant for it: it is shown with what is wrong. */
function isOffered(file: WorkflowFileView): boolean {
  return file.on.includes('workflow_dispatch') || (file.on.length === 0 && isBroken(file))
}

function isBroken(file: WorkflowFileView): boolean {
  return file.diagnostics.some(({ severity }) => severity === 'error')
}

function Broken({ workflow }: { workflow: WorkflowFileView }) {
  return (
    <div className="problem" role="alert">
      <h2 className="problem-title">This file cannot run as it is</h2>
      {workflow.diagnostics
        .filter(({ severity }) => severity === 'error')
        .slice(0, 5)
        .map((said) => (
          <p key={`${said.line}:${said.column} ${said.message}`}>
            <code>
              {said.line}:{said.column}
            </code>{' '}
            {said.message} <span className="muted">{said.hint}</span>
          </p>
        ))}
    </div>
  )
}

function NothingToStart({ files, where }: { files: WorkflowFileView[]; where: string }) {
  return (
    <Empty title={`No workflow of ${where} can be started by hand`}>
      A file in <code>.signalbox/workflows</code> or <code>.github/workflows</code> can, when it has{' '}
      <code>workflow_dispatch:</code> under <code>on:</code>.
      {files.length > 0
        ? ` There ${files.length === 1 ? 'is' : 'are'} ${files.map(startOf).join('; ')}.`
        : null}
    </Empty>
  )
}

function startOf(file: WorkflowFileView): string {
  return `${file.name} (starts on ${file.on.map((event) => event.replaceAll('_', ' ')).join(', ') || 'nothing'})`
}
