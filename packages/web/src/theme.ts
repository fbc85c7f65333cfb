import {
  Button,
  createTheme,
  Modal,
  NativeSelect,
  NumberInput,
  PasswordInput,
  SegmentedControl,
  Switch,
  Textarea,
  TextInput,
  Tooltip,
} from '@mantine/core'

const labels = { styles: { label: { fontSize: 13, marginBottom: 4 }, description: { fontSize: 12.5 } } }

/** Mantine drawn with the tokens of styles/tokens.css: one accent, thin borders, 4 px grid, 6 px radius. */
export const theme = createTheme({
  fontFamily: 'var(--font)',
  fontFamilyMonospace: 'var(--mono)',
  fontSizes: { xs: '12.5px', sm: '13.5px', md: '14px', lg: '16px' },
  radius: { sm: '6px', md: '6px' },
  defaultRadius: 'sm',
  respectReducedMotion: true,
  focusRing: 'auto',
  components: {
    Button: Button.extend({ defaultProps: { size: 'xs', variant: 'default' } }),
    Modal: Modal.extend({
      defaultProps: {
        centered: true,
        transitionProps: { duration: 100, transition: 'fade' },
        overlayProps: { backgroundOpacity: 0.4 },
        closeButtonProps: { 'aria-label': 'Close' },
      },
      styles: { title: { fontWeight: 600, fontSize: 15 } },
    }),
    Tooltip: Tooltip.extend({ defaultProps: { openDelay: 200, transitionProps: { duration: 80 } } }),
    TextInput: TextInput.extend({ defaultProps: { size: 'sm', ...labels } }),
    NativeSelect: NativeSelect.extend({ defaultProps: { size: 'sm', ...labels } }),
    PasswordInput: PasswordInput.extend({ defaultProps: { size: 'sm', ...labels } }),
    NumberInput: NumberInput.extend({ defaultProps: { size: 'sm', ...labels } }),
    Textarea: Textarea.extend({ defaultProps: { size: 'sm', ...labels } }),
    // By name: only some pages load these, and imported here they would be in the first load.
    Select: { defaultProps: { size: 'sm', ...labels } },
    Autocomplete: { defaultProps: { size: 'sm', ...labels } },
    CheckboxGroup: { defaultProps: { size: 'sm', ...labels } },
    Switch: Switch.extend({ defaultProps: { size: 'sm' } }),
    SegmentedControl: SegmentedControl.extend({
      defaultProps: { size: 'xs', transitionDuration: 100, withItemsBorders: false },
    }),
  },
})
