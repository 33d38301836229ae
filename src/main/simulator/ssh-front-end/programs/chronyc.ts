/** The clock of a node against true time. Only Ceph's monitors compare clocks in the model. */
import { laptopEnd } from '../../world/network.ts'
import type { Program } from '../program.ts'

export const chronyc: Program = ({ argv, lab, node, stdout, stderr }) => {
  const { clocks } = lab.world.ceph
  const verb = argv.find((word) => !word.startsWith('-'))
  if (verb === 'makestep') {
    clocks.setOffset(node, 0)
    stdout('200 OK\n')
    return 0
  }
  if (verb === 'tracking') {
    const offset = clocks.offsetOf(node)
    const direction = offset < 0 ? 'slow' : 'fast'
    const rows = [
      ['Reference ID', '0A090001 (10.9.0.1)'],
      ['Stratum', '3'],
      ['Ref time (UTC)', lab.wallTime.spelled(lab.wallTime.seconds())],
      ['System time', `${Math.abs(offset).toFixed(9)} seconds ${direction} of NTP time`],
      ['Leap status', 'Normal'],
    ] as const
    stdout(rows.map(([name, value]) => `${name.padEnd(16)}: ${value}\n`).join(''))
    return 0
  }
  if (verb === 'sources') {
    // Stratum, age and margin of the last sample are assumptions; the poll of 2^6 s is chrony's default.
    const hears = lab.world.network.reaches(laptopEnd, node, 'management')
    const offsetNs = Math.round(clocks.offsetOf(node) * 1e9)
    const signed = `${offsetNs < 0 ? '-' : '+'}${Math.abs(offsetNs)}ns`
    stdout(
      `MS Name/IP address         Stratum Poll Reach LastRx Last sample               \n${'='.repeat(79)}\n`,
    )
    stdout(
      `^${hears ? '*' : '?'} 10.9.0.1                      2   6   ${hears ? '377' : '  0'}    34  ${signed.padStart(8)}[${signed.padStart(8)}] +/-   12ms\n`,
    )
    return 0
  }
  stderr('Unrecognized command\n')
  return 1
}
