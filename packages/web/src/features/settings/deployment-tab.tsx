import { NumberInput, Switch, Textarea, TextInput } from '@mantine/core'
import type { TabProps } from './tab-body.tsx'

/** Whether and how merges go out. */
export function DeploymentTab({ form }: TabProps) {
  return (
    <div className="settings-grid">
      <Switch
        label="Deploy every merge"
        {...form.getInputProps('settings.deployment.enabled', { type: 'checkbox' })}
      />
      <TextInput label="Environment" {...form.getInputProps('settings.deployment.environment')} />
      <NumberInput
        label="Time to become healthy"
        suffix=" s"
        min={1}
        max={600}
        {...form.getInputProps('settings.deployment.startTimeoutSeconds')}
      />
      <NumberInput
        label="Watched after it got the traffic"
        description="Unhealthy within this time: the traffic goes back by itself."
        suffix=" s"
        min={1}
        max={86400}
        {...form.getInputProps('settings.deployment.watchSeconds')}
      />
      <NumberInput
        label="Releases kept to go back to"
        min={1}
        max={50}
        {...form.getInputProps('settings.deployment.keepReleases')}
      />
      <Textarea
        label="Environment of the release"
        description={
          'One NAME=value a line; ${{ secrets.NAME }} and ${{ vars.NAME }} are filled in at each start.'
        }
        autosize
        minRows={2}
        spellCheck={false}
        classNames={{ input: 'mono' }}
        {...form.getInputProps('releaseEnvironmentText')}
      />
    </div>
  )
}
