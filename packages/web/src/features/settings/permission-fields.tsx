import { NumberInput, Select } from '@mantine/core'
import { PermissionRules } from './permission-rules.tsx'
import type { TabProps } from './tab-body.tsx'

/** How far an agent that speaks ACP goes alone. */
export function PermissionFields({ form }: Pick<TabProps, 'form'>) {
  return (
    <>
      <Select
        label="What it asks"
        description="Before it goes on with a tool. Its sandbox and the list of hosts hold in any case."
        data={[
          { value: 'sandbox', label: 'Allow what stays in the sandbox, ask about the rest' },
          { value: 'ask', label: 'Ask a person everything' },
          { value: 'all', label: 'Ask nobody' },
        ]}
        allowDeselect={false}
        {...form.getInputProps('settings.agent.permissions')}
      />
      <PermissionRules form={form} />
      <NumberInput
        label="Wait for an answer"
        description="One turn waits so long for people in all; then the answer is no and the agent goes on."
        suffix=" min"
        min={1}
        max={1440}
        {...form.getInputProps('settings.agent.permissionMinutes')}
      />
    </>
  )
}
