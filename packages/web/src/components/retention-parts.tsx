import { NumberInput } from '@mantine/core'
import type { RetentionPreview } from '@signalbox/core/contract/views/retention.ts'
import { type ComponentProps, useState } from 'react'
import { oldWords } from '../lib/retention-words.ts'
import { ConfirmDialog } from './confirm-dialog.tsx'
import { PermittedButton } from './permitted-button.tsx'

interface LimitInputProps {
  label: string
  /** Behind the number, with its space. */
  unit: string
  /** Shown where `value` is null. */
  placeholder?: string
  disabled?: boolean
  value: number | null
  /** Null: the field was emptied. */
  onChange: (value: number | null) => void
}

/** A number of days or runs for which something is kept; 0 is for ever. */
export function LimitInput({ unit, value, onChange, ...rest }: LimitInputProps) {
  return (
    <NumberInput
      {...rest}
      suffix={unit}
      min={0}
      max={36_500}
      allowDecimal={false}
      style={{ width: 160 }}
      value={value ?? ''}
      onChange={(next) => onChange(next === '' ? null : Number(next))}
    />
  )
}

type DeleteOldProps = Pick<ComponentProps<typeof PermittedButton>, 'permission' | 'project'> & {
  preview: RetentionPreview
  /** Of the dialog that asks once more. */
  title: string
  disabled?: boolean
  busy: boolean
  onDelete: () => void
}

/** The button that deletes what is older than it is kept, once it was said what that is. */
export function DeleteOld({ preview, title, disabled, busy, onDelete, ...permitted }: DeleteOldProps) {
  const [asking, setAsking] = useState(false)
  const words = oldWords(preview)
  return (
    <>
      <PermittedButton
        {...permitted}
        color="red"
        variant="outline"
        disabled={words === '' || disabled}
        loading={busy}
        onClick={() => setAsking(true)}
      >
        Delete now…
      </PermittedButton>
      <ConfirmDialog
        open={asking}
        title={title}
        verb="Delete"
        danger
        onClose={() => setAsking(false)}
        onConfirm={() => {
          setAsking(false)
          onDelete()
        }}
      >
        {`${words}. Nobody can bring it back, but a backup.`}
      </ConfirmDialog>
    </>
  )
}
