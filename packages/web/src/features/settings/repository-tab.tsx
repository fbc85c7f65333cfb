import { Select, Switch, Textarea } from '@mantine/core'
import type { TabProps } from './tab-body.tsx'

const methods = [
  { value: 'merge', label: 'A merge commit' },
  { value: 'squash', label: 'One commit for the whole change (squash)' },
  { value: 'rebase', label: 'Its commits again on top of the base (rebase)' },
]

/** How changes land, and what pushes may do. */
export function RepositoryTab({ form, project }: TabProps) {
  const rebase = form.values.settings.repository.mergeMethod === 'rebase'
  return (
    <div className="settings-grid">
      <Select
        label="A change lands as"
        description="Made by Signalbox before the validation: exactly that commit is proven and lands."
        data={methods}
        allowDeselect={false}
        {...form.getInputProps('settings.repository.mergeMethod')}
      />
      <Textarea
        label="Commit message"
        description={
          rebase
            ? 'Rebased commits keep their own messages.'
            : '{title} {number} {goal} {branch} {base} {commits} are filled in. Empty: our own words.'
        }
        placeholder="Merge change #{number}: {title}"
        disabled={rebase}
        autosize
        minRows={2}
        spellCheck={false}
        classNames={{ input: 'mono' }}
        {...form.getInputProps('settings.repository.commitMessage')}
      />
      <Switch
        label="Delete the branch of a change when it has landed"
        description="Never the default branch, and none that is guarded against deleting."
        {...form.getInputProps('settings.repository.deleteMergedBranches', { type: 'checkbox' })}
      />
      <Textarea
        label="Guarded branches"
        description={`One a line: name, or its start and *, then what is refused: no-push no-force no-delete. The name alone refuses all three. ${project.defaultBranch} is always guarded.`}
        placeholder={'release/*\nstable no-force no-delete'}
        autosize
        minRows={2}
        spellCheck={false}
        classNames={{ input: 'mono' }}
        {...form.getInputProps('protectedBranchesText')}
      />
      <Textarea
        label="Pushes that open a change"
        description="One branch a line, or its start and *. A later push to the branch validates its change again. Empty: no push opens one."
        autosize
        minRows={2}
        spellCheck={false}
        classNames={{ input: 'mono' }}
        {...form.getInputProps('openChangesForText')}
      />
    </div>
  )
}
