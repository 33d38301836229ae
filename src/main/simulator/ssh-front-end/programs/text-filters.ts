/** Small programs that pass text on, as students use them behind a pipe. */
import type { Program, ProgramCall } from '../program.ts'

const lines = (text: string): string[] => (text === '' ? [] : text.replace(/\n$/, '').split('\n'))
const joined = (parts: readonly string[]) => parts.map((part) => `${part}\n`).join('')

interface Input {
  readonly text: string
  /** Every file was there; where not, that was complained of. */
  readonly isComplete: boolean
}

/** What stands in the named files, or comes in where none is named. */
async function inputOf(call: ProgramCall, name: string, paths: readonly string[]): Promise<Input> {
  if (paths.length === 0) return { text: await call.stdin(), isComplete: true }
  const texts: string[] = []
  let isComplete = true
  for (const path of paths) {
    const text = path === '-' ? await call.stdin() : await call.files.read(call.node, path)
    if (text === undefined) {
      call.stderr(`${name}: ${path}: No such file or directory\n`)
      isComplete = false
    } else texts.push(text)
  }
  return { text: texts.join(''), isComplete }
}

const options = (argv: readonly string[]) => argv.filter((word) => /^-[^-\d]/.test(word)).join('')
const operands = (argv: readonly string[]) => argv.filter((word) => !/^-./.test(word))

export const cat: Program = async (call) => {
  const { text, isComplete } = await inputOf(call, 'cat', operands(call.argv))
  call.stdout(text)
  return isComplete ? 0 : 1
}

export const echo: Program = ({ argv, stdout }) => {
  const [first = ''] = argv
  const isOption = /^-[ne]+$/.test(first)
  const text = (isOption ? argv.slice(1) : argv).join(' ')
  const shown = isOption && first.includes('e') ? text.replaceAll('\\n', '\n').replaceAll('\\t', '\t') : text
  stdout(isOption && first.includes('n') ? shown : `${shown}\n`)
  return 0
}

/** `-n 5`, `-n5` or `-5`, with a sign before the number or none; the default is ten lines. */
function countIn(argv: readonly string[]): { readonly count: string; readonly paths: readonly string[] } {
  let count = '10'
  const paths: string[] = []
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at] as string
    const [whole = '', inline = whole.slice(1)] = /^-(?:(?:n|-lines=)([+-]?\d+)|\d+)$/.exec(word) ?? []
    if (whole !== '') count = inline
    else if (word === '-n' || word === '--lines') {
      at += 1
      count = argv[at] ?? ''
    } else paths.push(word)
  }
  return { count, paths }
}

const ends =
  (name: string, pick: (all: readonly string[], count: string) => readonly string[]): Program =>
  async (call) => {
    const { count, paths } = countIn(call.argv)
    const { text, isComplete } = await inputOf(call, name, paths)
    call.stdout(joined(pick(lines(text), count)))
    return isComplete ? 0 : 1
  }

/** A negative number: all but so many. */
export const head = ends('head', (all, count) => all.slice(0, Number(count)))

/** With a plus: from that line on. */
export const tail = ends('tail', (all, count) => {
  const amount = Math.abs(Number(count))
  if (count.startsWith('+')) return all.slice(Math.max(0, amount - 1))
  return amount === 0 ? [] : all.slice(-amount)
})

/** Lines that `-A`, `-B` or `-C` shows beside those found, and the words without these options. */
function contextIn(argv: readonly string[]) {
  const words: string[] = []
  let [before, after] = [0, 0]
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at] as string
    const [, side, inline] = /^-([ABC])(\d*)$/.exec(word) ?? []
    if (side === undefined) {
      words.push(word)
      continue
    }
    if (inline === '') at += 1
    const count = Number(inline === '' ? argv[at] : inline)
    if (side !== 'A') before = count
    if (side !== 'B') after = count
  }
  return { words, before, after }
}

export const grep: Program = async (call) => {
  const { words, before, after } = contextIn(call.argv)
  const flags = options(words)
  const [pattern = '', ...paths] = operands(words)
  const { text: input, isComplete } = await inputOf(call, 'grep', paths)
  if (!isComplete && input === '') return 2
  const matcher = new RegExp(regularExpression(pattern, flags), flags.includes('i') ? 'i' : '')
  const all = lines(input)
  const found = all.flatMap((line, at) => (matcher.test(line) !== flags.includes('v') ? [at] : []))
  const isNear = (at: number) => found.some((hit) => at >= hit - before && at <= hit + after)
  const shown = all.flatMap((line, at) => (isNear(at) ? [{ line, at }] : []))
  const text = shown.flatMap(({ line, at }, index) => {
    const isApart = index > 0 && before + after > 0 && shown[index - 1]?.at !== at - 1
    const number = flags.includes('n') ? `${at + 1}${found.includes(at) ? ':' : '-'}` : ''
    return [...(isApart ? ['--'] : []), `${number}${line}`]
  })
  if (flags.includes('c')) call.stdout(`${found.length}\n`)
  else if (!flags.includes('q')) call.stdout(joined(text))
  return found.length === 0 ? 1 : 0
}

/** Basic expressions take most signs as they are. */
function regularExpression(pattern: string, flags: string): string {
  if (flags.includes('F')) return pattern.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')
  if (flags.includes('E') || flags.includes('P')) return pattern
  return pattern.replaceAll(/\\?[+?(){}|]/g, (sign) => (sign.startsWith('\\') ? sign.slice(1) : `\\${sign}`))
}

export const sort: Program = async (call) => {
  const flags = options(call.argv)
  const { text, isComplete } = await inputOf(call, 'sort', operands(call.argv))
  if (!isComplete && text === '') return 2
  const byNumber = (first: string, second: string) => Number.parseFloat(first) - Number.parseFloat(second)
  const sorted = flags.includes('n') ? lines(text).toSorted(byNumber) : lines(text).toSorted()
  const kept = flags.includes('u') ? [...new Set(sorted)] : sorted
  call.stdout(joined(flags.includes('r') ? kept.toReversed() : kept))
  return 0
}

export const wc: Program = async (call) => {
  const { text, isComplete } = await inputOf(call, 'wc', operands(call.argv))
  if (!isComplete && text === '') return 1
  const flags = options(call.argv)
  const counts = {
    l: lines(text).length,
    w: text.split(/\s+/).filter(Boolean).length,
    c: Buffer.byteLength(text),
  }
  const shown = Object.entries(counts).filter(([letter]) => flags === '' || flags.includes(letter))
  const isAlone = shown.length === 1
  call.stdout(
    `${shown.map(([, count]) => (isAlone ? String(count) : String(count).padStart(7))).join(' ')}\n`,
  )
  return 0
}

/** `-c1-300`, `-d: -f2`. */
export const cut: Program = async (call) => {
  const words = call.argv.join(' ')
  const [, from = '1', to] = /(?:^| )-[cf] ?(\d+)(?:-(\d*))?/.exec(words) ?? []
  const range = (length: number): [number, number] => [
    Number(from) - 1,
    to === undefined ? Number(from) : to === '' ? length : Number(to),
  ]
  const [, delimiter = '\t'] = /(?:^| )-d ?(\S)/.exec(words) ?? []
  const paths = call.argv.filter(
    (word, at) => !word.startsWith('-') && !/^-[cdf]$/.test(call.argv[at - 1] ?? ''),
  )
  const { text, isComplete } = await inputOf(call, 'cut', paths)
  const isByField = /(?:^| )-f/.test(words)
  call.stdout(
    joined(
      lines(text).map((line) => {
        const fields = line.split(delimiter)
        return isByField
          ? fields.slice(...range(fields.length)).join(delimiter)
          : line.slice(...range(line.length))
      }),
    ),
  )
  return isComplete ? 0 : 1
}

/** Whether two files are alike; where they differ, the lines of both. */
export const diff: Program = async (call) => {
  const [one = '', other = ''] = operands(call.argv)
  const texts = await Promise.all([one, other].map((path) => call.files.read(call.node, path)))
  for (const [at, path] of [one, other].entries())
    if (texts[at] === undefined) {
      call.stderr(`diff: ${path}: No such file or directory\n`)
      return 2
    }
  const [first = '', second = ''] = texts
  if (first === second) return 0
  const [before, after] = [lines(first), lines(second)]
  const head = before.findIndex((line, at) => line !== after[at])
  const start = head < 0 ? before.length : head
  let tail = 0
  while (tail < Math.min(before.length, after.length) - start && before.at(-1 - tail) === after.at(-1 - tail))
    tail++
  const [gone, come] = [before.slice(start, before.length - tail), after.slice(start, after.length - tail)]
  const range = (count: number) =>
    count > 1 ? `${start + 1},${start + count}` : String(start + (count === 0 ? 0 : 1))
  const sign = gone.length === 0 ? 'a' : come.length === 0 ? 'd' : 'c'
  call.stdout(`${range(gone.length)}${sign}${range(come.length)}\n`)
  call.stdout(
    joined([
      ...gone.map((line) => `< ${line}`),
      ...(sign === 'c' ? ['---'] : []),
      ...come.map((line) => `> ${line}`),
    ]),
  )
  return 1
}

/** As much as a pipe holds: then it would wait, and end with its reader. */
const pipeBytes = 65_536

export const yes: Program = ({ argv, stdout }) => {
  const line = `${argv.length === 0 ? 'y' : argv.join(' ')}\n`
  stdout(line.repeat(Math.ceil(pipeBytes / line.length)))
  return 0
}

export const tee: Program = async (call) => {
  const text = await call.stdin()
  call.stdout(text)
  for (const path of operands(call.argv)) {
    const refusal = await call.files.write(call.node, path, text, options(call.argv).includes('a'))
    if (refusal !== undefined) call.stderr(`tee: ${path}: ${refusal}\n`)
    if (refusal !== undefined) return 1
  }
  return 0
}
