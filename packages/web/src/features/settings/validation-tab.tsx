import { NumberInput, Textarea, TextInput } from '@mantine/core'
import type { TabProps } from './tab-body.tsx'
import { TryValidation } from './try-validation.tsx'
import { WorkflowPreview } from './workflow-preview.tsx'

const commands = [
  ['installCommand', 'Install', 'npm ci'],
  ['buildCommand', 'Build', 'npm run build'],
  ['testCommand', 'Test', 'npm test'],
  ['startCommand', 'Start', 'npm start'],
] as const

/** How pull requests are proven, beside the workflow that is made of it. */
export function ValidationTab({ form, project }: TabProps) {
  return (
    <div className="settings-grid settings-wide">
      <div className="stack">
        {commands.map(([name, label, placeholder]) => (
          <Textarea
            key={name}
            label={label}
            placeholder={placeholder}
            autosize
            minRows={1}
            spellCheck={false}
            classNames={{ input: 'mono' }}
            {...form.getInputProps(`settings.validation.${name}`)}
          />
        ))}
        <div className="pair">
          <TextInput
            label="Health check path"
            {...form.getInputProps('settings.validation.healthCheckPath')}
          />
          <NumberInput label="Port" min={1} max={65535} {...form.getInputProps('settings.validation.port')} />
        </div>
        <Textarea
          label="Environment variables"
          description="One NAME=value a line. Not for secrets."
          autosize
          minRows={2}
          spellCheck={false}
          classNames={{ input: 'mono' }}
          {...form.getInputProps('environmentText')}
        />
        <NumberInput
          label="Time-out"
          suffix=" min"
          min={1}
          max={360}
          {...form.getInputProps('settings.validation.timeoutMinutes')}
        />
        <div className="pair">
          <NumberInput
            label="Fixes before a person is asked"
            min={0}
            max={10}
            {...form.getInputProps('settings.validation.maxRetries')}
          />
          <NumberInput
            label="Pause before a fix, doubling"
            suffix=" s"
            min={0}
            max={3600}
            {...form.getInputProps('settings.validation.retryBackoffSeconds')}
          />
        </div>
        <Textarea
          label="Required checks"
          description="One name a line. All must be green before anything merges."
          autosize
          minRows={2}
          {...form.getInputProps('requiredChecksText')}
        />
      </div>
      <div className="stack">
        <TryValidation slug={project.slug} branch={project.defaultBranch} dirty={form.isDirty()} />
        <WorkflowPreview slug={project.slug} dirty={form.isDirty()} />
      </div>
    </div>
  )
}
