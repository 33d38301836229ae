/** Calm, Windows-11-like look. Every text colour keeps 4.5:1 on the surfaces it stands on, in both schemes. */
import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from '@mantine/core'

/** Around Windows' default accent; shade 7 carries white text at 6.4:1, shade 6 at 5.2:1. */
const azure: MantineColorsTuple = [
  '#eff6fc',
  '#deecf9',
  '#c7e0f4',
  '#8ec2ee',
  '#60aef0',
  '#2b88d8',
  '#106ebe',
  '#005fb8',
  '#004e98',
  '#003a73',
]

/** Neutral greys of the dark scheme: text, dimmed text, borders, surfaces. */
const dark: MantineColorsTuple = [
  '#f0f0f0',
  '#d6d6d6',
  '#b8b8b8',
  '#9a9a9a',
  '#5f5f5f',
  '#4a4a4a',
  '#383838',
  '#2b2b2b',
  '#202020',
  '#1a1a1a',
]

export const theme = createTheme({
  primaryColor: 'azure',
  primaryShade: { light: 7, dark: 6 },
  colors: { azure, dark },
  black: '#1b1b1b',
  fontFamily: "'Segoe UI Variable Text', 'Segoe UI Variable', 'Segoe UI', system-ui, sans-serif",
  fontFamilyMonospace: "'Cascadia Mono', Consolas, ui-monospace, monospace",
  headings: {
    fontFamily: "'Segoe UI Variable Display', 'Segoe UI Variable', 'Segoe UI', system-ui, sans-serif",
    fontWeight: '600',
  },
  defaultRadius: 'sm',
  radius: { xs: '2px', sm: '4px', md: '8px', lg: '8px', xl: '16px' },
  respectReducedMotion: true,
  cursorType: 'pointer',
  components: {
    Paper: { defaultProps: { radius: 'md' } },
    // Colour marks the kind; words keep the text colour, whose contrast holds on every tint.
    Alert: {
      defaultProps: { radius: 'md' },
      styles: {
        root: {
          background: 'color-mix(in srgb, var(--alert-bg) 45%, var(--kuorum-surface))',
          borderColor: 'var(--kuorum-border)',
        },
        title: { color: 'var(--mantine-color-text)' },
      },
    },
    // The explanation under the field keeps fields of one row on one line.
    InputWrapper: { defaultProps: { inputWrapperOrder: ['label', 'input', 'description', 'error'] } },
    Modal: { defaultProps: { radius: 'md', centered: true } },
    Badge: {
      defaultProps: { radius: 'sm', tt: 'none', fw: 600 },
      styles: { label: { color: 'var(--mantine-color-text)' } },
    },
  },
})

export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': '#595959',
    '--mantine-color-error': '#b3261e',
    '--mantine-color-placeholder': '#6b6b6b',
    '--kuorum-canvas': '#f3f3f3',
    '--kuorum-surface': '#ffffff',
    '--kuorum-border': '#d1d1d1',
    '--kuorum-focus': '#005fb8',
  },
  dark: {
    '--mantine-color-dimmed': '#b8b8b8',
    '--mantine-color-error': '#ffa8a8',
    '--mantine-color-placeholder': '#a6a6a6',
    '--mantine-color-anchor': '#8ec2ee',
    '--kuorum-canvas': '#202020',
    '--kuorum-surface': '#2b2b2b',
    '--kuorum-border': '#4a4a4a',
    '--kuorum-focus': '#8ec2ee',
  },
})
