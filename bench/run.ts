/** `npm run bench [NAME ...]`: measures on this machine what the project promises, and prints each figure beside its bound. */
import { readdirSync } from 'node:fs'
import { cpus, loadavg, platform } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { BenchRow } from './bench-row.ts'

/** Files of the folder that measure nothing. */
const notMeasuring = ['run.ts', 'bench-row.ts']

/** Other work on the machine above this shows in every figure; Windows always says 0. */
const noticeableLoad = 0.5

const wanted = process.argv.slice(2)
const files = readdirSync(import.meta.dirname).filter(
  (name) => name.endsWith('.ts') && !notMeasuring.includes(name),
)

console.log(
  `Node ${process.versions.node}, ${platform()}, ${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}`,
)
const [load = 0] = loadavg()
if (load > noticeableLoad)
  console.log(
    `Other work was going on in the last minute (load ${load.toFixed(1)}): repeat on an idle machine`,
  )
for (const file of files.sort()) {
  if (wanted.length > 0 && !wanted.includes(file.replace('.ts', ''))) continue
  console.log(`\n${file.replace('.ts', '')}`)
  for (const [name, measure] of Object.entries(
    await import(pathToFileURL(join(import.meta.dirname, file)).href),
  )) {
    if (!name.startsWith('bench') || typeof measure !== 'function') continue
    for (const row of (await measure()) as readonly BenchRow[]) console.log(lineOf(row))
  }
}

function lineOf({ name, value, unit, bound }: BenchRow): string {
  const figure = `${Number(value.toPrecision(4))} ${unit}`.padStart(14)
  return `  ${name.padEnd(64)} ${figure}${bound === undefined ? '' : `   ${bound} ${verdictOf(value, bound)}`}`
}

function verdictOf(value: number, bound: string): string {
  const [, relation, limit] = /^(<=|>=) *([0-9.]+)/.exec(bound) ?? []
  if (relation === undefined) return ''
  return (relation === '<=' ? value <= Number(limit) : value >= Number(limit)) ? 'ok' : 'MISSED'
}
