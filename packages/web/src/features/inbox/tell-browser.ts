/** Whether this browser may show notifications of its own; `none` where it has none (plain http elsewhere). */
export function browserAsked(): NotificationPermission | 'none' {
  return 'Notification' in window ? Notification.permission : 'none'
}

export function askBrowser(): Promise<NotificationPermission> {
  return Notification.requestPermission()
}

/** Shows a notification of the browser when the page is in the background and the person allowed it. */
export function tellBrowser(input: { id: number; title: string; text: string; onOpen: () => void }): void {
  if (browserAsked() !== 'granted' || document.visibilityState === 'visible') return
  const shown = new Notification(input.title, { body: input.text, tag: `signalbox-${input.id}` })
  shown.onclick = () => {
    window.focus()
    input.onOpen()
    shown.close()
  }
}
