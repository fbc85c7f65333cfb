import { useMantineColorScheme } from '@mantine/core'

const next = { auto: 'light', light: 'dark', dark: 'auto' } as const
const words = { auto: 'as the system', light: 'light', dark: 'dark' } as const

/** Goes round: as the system, light, dark. Kept by the browser. */
export function ColourSwitch({ className }: { className: string }) {
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  return (
    <button type="button" className={className} onClick={() => setColorScheme(next[colorScheme])}>
      Colours: {words[colorScheme]}
    </button>
  )
}
