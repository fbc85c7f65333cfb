import { useBlocker } from '@tanstack/react-router'
import { ConfirmDialog } from '../../components/confirm-dialog.tsx'

/** Asks before what was written is lost by going to another page or closing this one; other tabs keep it. */
export function LeaveGuard({ dirty, what }: { dirty: boolean; what: string }) {
  const leave = useBlocker({
    shouldBlockFn: ({ current, next }) => dirty && current.pathname !== next.pathname,
    enableBeforeUnload: () => dirty,
    withResolver: true,
  })
  return (
    <ConfirmDialog
      open={leave.status === 'blocked'}
      title="Leave without saving?"
      verb="Leave and drop it"
      danger
      onConfirm={() => leave.proceed?.()}
      onClose={() => leave.reset?.()}
    >
      What you changed in {what} is not saved.
    </ConfirmDialog>
  )
}
