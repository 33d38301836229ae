/** The colours of all charts. Shape, pattern and label always say the same as the colour. */
import type { WaterfallPhase } from './waterfall-segments.ts'

export interface ChartPalette {
  readonly text: string
  readonly softText: string
  readonly grid: string
  readonly surface: string
  /** Answering: a blue line. */
  readonly up: string
  readonly upBand: string
  /** Not answering: an orange block. */
  readonly down: string
  /** Answered too late: a lighter block with the edge of `down`. */
  readonly late: string
  /** The observer could not tell: a grey hatch. */
  readonly void: string
  readonly fault: string
  readonly published: string
  readonly phases: Readonly<Record<WaterfallPhase, string>>
}

/** Blue and orange stay apart for all common kinds of colour blindness and in grey print (Okabe and Ito 2008). */
const phasesOnLight: ChartPalette['phases'] = {
  membership: '#9ad0f5',
  'node-unknown': '#0072b2',
  fence: '#e69f00',
  'lock-acknowledged': '#b3480b',
  recover: '#cc79a7',
  start: '#7a5195',
  started: '#5fc3a2',
  'icmp-answers': '#00694d',
  'service-answers': '#8a8f94',
}

export const lightPalette: ChartPalette = {
  text: '#212529',
  softText: '#495057',
  grid: '#dee2e6',
  surface: '#ffffff',
  up: '#005fb8',
  upBand: 'rgba(0, 95, 184, 0.2)',
  down: '#d9480f',
  late: '#ffc9a3',
  void: '#747b82',
  fault: '#212529',
  published: '#5c636a',
  phases: phasesOnLight,
}

export const darkPalette: ChartPalette = {
  text: '#f1f3f5',
  softText: '#ced4da',
  grid: '#43484e',
  surface: '#2b2b2b',
  up: '#74b9ff',
  upBand: 'rgba(116, 185, 255, 0.25)',
  down: '#ff922b',
  late: '#ffe0bd',
  void: '#adb5bd',
  fault: '#f8f9fa',
  published: '#ced4da',
  phases: {
    ...phasesOnLight,
    'node-unknown': '#4aa8e0',
    'lock-acknowledged': '#e8743b',
    start: '#b08fd0',
    'icmp-answers': '#2fa884',
    'service-answers': '#c4c9ce',
  },
}

export const chartFont = "'Segoe UI Variable', 'Segoe UI', system-ui, sans-serif"
