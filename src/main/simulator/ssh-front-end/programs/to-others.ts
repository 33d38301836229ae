/** From one node to another: a command there, or an echo. */
import type { Program, ProgramCall } from '../program.ts'

/** A neighbour without power is given up after that time (recorded). */
const noRouteMs = 2500

function nodeNamed({ lab }: ProgramCall, host: string): string | undefined {
  const bare = host.replace(/^[^@]+@/, '')
  return lab.world.nodes.find(({ name }) => name === bare || lab.addressOf(name) === bare)?.name
}

/** Members know each other's keys. */
export const ssh: Program = async (call) => {
  const { lab, argv } = call
  const words = argv.filter((word, at) => !word.startsWith('-') && !/^-[op]$/.test(argv[at - 1] ?? ''))
  const [host = '', ...command] = words
  const target = nodeNamed(call, host)
  if (target === undefined) {
    call.stderr(`ssh: Could not resolve hostname ${host}: Name or service not known\n`)
    return 255
  }
  if (!lab.world.network.reaches(call.node, target, 'management')) {
    await lab.clock.sleep(noRouteMs, call.signal)
    call.stderr(`ssh: connect to host ${host.replace(/^[^@]+@/, '')} port 22: No route to host\n`)
    return 255
  }
  return call.shell(command.length > 0 ? command.join(' ') : await call.stdin(), { node: target })
}

/** Between two nodes a packet takes about that long there and back, beside what the network adds: an assumption. */
const roundTripMs = 0.4

export const ping: Program = async (call) => {
  const { lab, argv, node } = call
  const numberAfter = (name: string) => {
    const at = argv.indexOf(name)
    return at < 0 ? undefined : Number(argv[at + 1])
  }
  const host =
    argv.filter((word, at) => !word.startsWith('-') && !/^-[ciwWs]$/.test(argv[at - 1] ?? '')).at(-1) ?? ''
  const target = nodeNamed(call, host)
  if (target === undefined) {
    call.stderr(`ping: ${host}: Name or service not known\n`)
    return 2
  }
  const address = lab.addressOf(target)
  call.stdout(`PING ${host} (${address}) 56(84) bytes of data.\n`)
  const count = numberAfter('-c') ?? Number.POSITIVE_INFINITY
  const intervalMs = (numberAfter('-i') ?? 1) * 1000
  let received = 0
  let lost = 0
  let sent = 0
  while (sent < count) {
    // Whoever interrupts it still wants to know how it went.
    if (sent > 0) await lab.clock.sleep(intervalMs, call.signal).catch(() => {})
    if (call.signal.aborted) break
    sent += 1
    const { network } = lab.world
    const path = network.path(node, target, 'management')
    // Losses come as evenly as their share allows, so that what is asked of a lab never changes its course.
    lost += 1 - (1 - path.loss) ** 2
    const isLost = lost >= 1
    if (isLost) lost -= 1
    if (isLost || !network.reaches(node, target, 'management')) continue
    received += 1
    const time = (roundTripMs + 2 * path.latencyMs).toPrecision(3)
    call.stdout(`64 bytes from ${address}: icmp_seq=${sent} ttl=64 time=${time} ms\n`)
  }
  const loss = Math.round((100 * (sent - received)) / sent)
  call.stdout(
    `\n--- ${host} ping statistics ---\n${sent} packets transmitted, ${received} received, ${loss}% packet loss, time ${Math.round((sent - 1) * intervalMs)}ms\n`,
  )
  return received > 0 ? 0 : 1
}

/** Again and again until it is interrupted. */
export const watch: Program = async (call) => {
  const { argv, lab, node } = call
  const at = argv.findIndex((word) => word === '-n' || word === '--interval')
  const [, inline] = /^-n([\d.]+)$/.exec(argv.find((word) => /^-n[\d.]/.test(word)) ?? '') ?? []
  const seconds = Number(inline ?? (at < 0 ? 2 : argv[at + 1]))
  const first = argv.findIndex((word, position) => !word.startsWith('-') && !(at >= 0 && position === at + 1))
  const command = argv.slice(first).join(' ')
  for (;;) {
    const clock = lab.wallTime.spelled(lab.wallTime.seconds())
    call.stdout(`\u001b[H\u001b[2JEvery ${seconds.toFixed(1)}s: ${command}    ${node}: ${clock}\n\n`)
    await call.shell(command)
    await lab.clock.sleep(seconds * 1000, call.signal)
  }
}
