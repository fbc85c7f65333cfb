import { Button, Modal } from '@mantine/core'
import type { ReactNode } from 'react'
import { useFocusBack } from '../lib/use-focus-back.ts'
import { ProblemNote } from './states.tsx'

interface ConfirmDialogProps {
  open: boolean
  title: string
  /** What will happen, by name. */
  children: ReactNode
  verb: string
  danger?: boolean
  busy?: boolean
  disabled?: boolean
  error?: unknown
  onConfirm: () => void
  onClose: () => void
}

/** Asks once before something that cannot be undone, and says what it will do. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  useFocusBack(props.open)
  return (
    <Modal opened={props.open} onClose={props.onClose} title={props.title}>
      <div className="stack">
        <div>{props.children}</div>
        {props.error ? <ProblemNote error={props.error} /> : null}
        <div className="row" style={{ justifyContent: 'flex-end' }}>
          <Button onClick={props.onClose}>Keep as it is</Button>
          <Button
            variant="filled"
            color={props.danger ? 'red' : 'blue'}
            loading={props.busy}
            disabled={props.disabled}
            onClick={props.onConfirm}
            data-testid="confirm-button"
            data-autofocus
          >
            {props.verb}
          </Button>
        </div>
      </div>
    </Modal>
  )
}
