/** Conditions and numbers for loops. */
import type { Program } from '../program.ts'

const comparisons: Readonly<Record<string, (one: string, other: string) => boolean>> = {
  '=': (one, other) => one === other,
  '==': (one, other) => one === other,
  '!=': (one, other) => one !== other,
  '-eq': (one, other) => Number(one) === Number(other),
  '-ne': (one, other) => Number(one) !== Number(other),
  '-lt': (one, other) => Number(one) < Number(other),
  '-le': (one, other) => Number(one) <= Number(other),
  '-gt': (one, other) => Number(one) > Number(other),
  '-ge': (one, other) => Number(one) >= Number(other),
}

export const test: Program = async ({ argv, files, node }) => {
  const words = argv.at(-1) === ']' ? argv.slice(0, -1) : argv
  const isNegated = words[0] === '!'
  const [first = '', second, third = ''] = isNegated ? words.slice(1) : words
  let holds: boolean
  if (second === undefined) holds = first !== ''
  else if (first === '-n' || first === '-z') holds = (second !== '') === (first === '-n')
  else if (first === '-f' || first === '-e') holds = (await files.read(node, second)) !== undefined
  else if (first === '-d') holds = files.entries(node, second) !== undefined
  else holds = comparisons[second]?.(first, third) ?? false
  return holds === isNegated ? 1 : 0
}

export const seq: Program = ({ argv, stdout }) => {
  const numbers = argv.map(Number)
  const last = numbers.at(-1) ?? 0
  const first = numbers.length > 1 ? (numbers[0] ?? 1) : 1
  const step = numbers.length > 2 ? (numbers[1] ?? 1) : 1
  const count = Math.max(0, Math.floor((last - first) / step) + 1)
  stdout(Array.from({ length: count }, (_, index) => `${first + index * step}\n`).join(''))
  return 0
}
