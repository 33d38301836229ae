/** Ways to stop or restart a node. */
import type { Program } from '../program.ts'

export const shutdown: Program = ({ argv, lab, node }) => {
  const machine = lab.machine(node)
  const flags = argv.filter((word) => word.startsWith('-')).join('')
  if (flags.includes('c')) return 0
  if (flags.includes('r')) machine.restartOrderly()
  else machine.pressPowerButton()
  return 0
}

/** With `-f` twice nothing is stopped before. */
export const reboot: Program = ({ argv, lab, node }) => {
  const machine = lab.machine(node)
  const forces = argv.join('').match(/f/g)?.length ?? 0
  if (forces > 0) machine.reset()
  else machine.restartOrderly()
  return 0
}

export const poweroff: Program = ({ argv, lab, node }) => {
  const machine = lab.machine(node)
  if (/f/.test(argv.join(''))) machine.cutPower()
  else machine.pressPowerButton()
  return 0
}
