import { NumberInput, Textarea } from '@mantine/core'
import type { TabProps } from './tab-body.tsx'

/** What a sandbox may use, and which hosts it may reach. */
export function SandboxTab({ form }: TabProps) {
  return (
    <div className="settings-grid">
      <NumberInput
        label="Memory"
        suffix=" MB"
        min={64}
        {...form.getInputProps('settings.sandbox.memoryMb')}
      />
      <NumberInput label="Disk" suffix=" MB" min={64} {...form.getInputProps('settings.sandbox.diskMb')} />
      <NumberInput label="Processes" min={16} {...form.getInputProps('settings.sandbox.pids')} />
      <NumberInput label="CPUs" min={0.1} step={0.5} {...form.getInputProps('settings.sandbox.cpus')} />
      <Textarea
        label="Hosts it may reach"
        description="One a line, *.example.org for all below, :port to narrow; npm-registry is the one that npm uses here. Everything else is refused and recorded."
        autosize
        minRows={4}
        spellCheck={false}
        classNames={{ input: 'mono' }}
        {...form.getInputProps('allowHostsText')}
      />
    </div>
  )
}
