/** Field names, JSON types and lines of the commands' answers against recorded ones. */
import { describe, expect, it } from 'vitest'
import { CephBench } from '../../../testing/ceph-bench.ts'
import { type JsonShape, shapeOf } from '../../../testing/json-shape.ts'
import { recordedCommands } from '../../../testing/recorded-answers.ts'
import { hasRecordedCeph, recordedFiles, recordedText } from '../../../testing/recorded-ceph.ts'

/** Those whose answers are not compared step by step too. */
const seldomAsked: Readonly<Record<string, readonly string[]>> = {
  'mon-dump': ['mon', 'dump'],
  'osd-stat': ['osd', 'stat'],
  'osd-df-tree': ['osd', 'df', 'tree'],
  'osd-pool-autoscale-status': ['osd', 'pool', 'autoscale-status'],
  'osd-crush-rule-dump': ['osd', 'crush', 'rule', 'dump'],
  'node-ls': ['node', 'ls'],
  'pg-dump-pgs-brief': ['pg', 'dump', 'pgs_brief'],
  'mgr-module-ls': ['mgr', 'module', 'ls'],
  'balancer-status': ['balancer', 'status'],
}
const commands = { ...recordedCommands, ...seldomAsked }

/** Shapes of every recorded answer to a command. */
function recordedShapes(name: string): JsonShape[] {
  return recordedFiles('.json')
    .filter(([, file]) => new RegExp(`^[a-z0-9]+(-[a-z0-9]+)*-${name}\\.json$`, 'i').test(file))
    .filter(([, file]) => name !== 'df' || !file.endsWith('osd-df.json'))
    .map(([scenario, file]) => shapeOf(JSON.parse(recordedText(scenario, file))))
}

/** Clusters in different states of trouble, so that optional fields appear too. */
async function benches(): Promise<CephBench[]> {
  const healthy = await new CephBench({ seed: 1 }).replay((bench) => bench.until(5))
  const degraded = await new CephBench({ seed: 2, objects: 3000 }).replay(async (bench) => {
    bench.stopOsd(2, 'killed')
    await bench.until(30)
    bench.write(3000, 1024 * 1024)
    await bench.until(90)
    bench.startOsd(2)
    await bench.until(130)
  })
  const halved = await new CephBench({ seed: 3 }).replay(async (bench) => {
    bench.stopOsd(1, 'killed')
    bench.stopOsd(2, 'killed')
    bench.cluster.clocks.setOffset('node3', 2)
    await bench.until(90)
  })
  const hostless = await new CephBench({ seed: 4, osdsPerNode: 2 }).replay(async (bench) => {
    bench.killHost('node3')
    await bench.until(60)
  })
  return [healthy, degraded, halved, hostless]
}

describe.skipIf(!hasRecordedCeph)('shapes of Ceph (skipped without KUORUM_CEPH_FIXTURES)', async () => {
  const answers = hasRecordedCeph ? await benches() : []

  it.each(Object.entries(commands))(
    '%s has no field that was not recorded, and of the same type',
    (name, argv) => {
      const recorded = new Map<string, Set<string>>()
      for (const shape of recordedShapes(name))
        for (const [path, types] of shape)
          recorded.set(path, new Set([...(recorded.get(path) ?? []), ...types]))
      for (const bench of answers)
        for (const [path, types] of shapeOf(bench.json(...argv)))
          expect([...(recorded.get(path) ?? [])], `${name}${path}`).toEqual(
            expect.arrayContaining([...types]),
          )
    },
  )

  it.each(Object.entries(commands))('%s has every field that all recordings have', (name, argv) => {
    const shapes = recordedShapes(name)
    expect(shapes.length).toBeGreaterThan(0)
    const always = [...(shapes[0] as JsonShape).keys()].filter((path) =>
      shapes.every((shape) => shape.has(path)),
    )
    for (const bench of answers) {
      const shape = shapeOf(bench.json(...argv))
      expect(always.filter((path) => !shape.has(path))).toEqual([])
    }
  })
})

/** A line with numbers, units, ages and addresses made alike, blanks of padding counted as one. */
function formOf(line: string): string {
  return line
    .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'FSID')
    .replace(/pg \d+\.[0-9a-f]+ is/, 'pg GROUP is')
    .replace(/current state [a-z_+]+/, 'current state STATE')
    .replace(/is [a-z_+]+, acting/, 'is STATE, acting')
    .replace(/ {2,}(up|down)(?= {2}|$)/, ' STATUS')
    .replace(/\[v2:.*?\]/g, 'ADDRESS')
    .replace(/\[[=.]+\]/g, '[BAR]')
    .replace(/\[[\d,]*\]/g, '[OSDS]')
    .replace(/\d+(\.\d+)?(k|M)?/g, '#')
    .replace(/# ([KMGT]i)?B/g, '# B')
    .replace(/#[smhd]\b/g, '#s')
    .replace(/ {2,}(?=\S)/g, (blanks, at) => (at === 0 ? blanks : ' '))
    .trimEnd()
}

function recordedForms(ending: string): ReadonlySet<string> {
  const forms = new Set<string>()
  for (const [scenario, file] of recordedFiles(ending))
    for (const line of recordedText(scenario, file).split('\n')) forms.add(formOf(line))
  return forms
}

/** Lines of `health detail` that were recorded as JSON only. */
function formsOfChecks(): ReadonlySet<string> {
  const forms = new Set<string>(['', 'HEALTH_OK'])
  for (const [scenario, file] of recordedFiles('health-detail.json')) {
    const { checks } = JSON.parse(recordedText(scenario, file)) as {
      checks: Record<
        string,
        { summary: { message: string }; detail: { message: string }[]; severity: string }
      >
    }
    for (const [code, { summary, detail, severity }] of Object.entries(checks)) {
      const level = severity === 'HEALTH_ERR' ? 'ERR' : 'WRN'
      forms.add(formOf(`[${level}] ${code}: ${summary.message}`))
      forms.add(formOf(summary.message))
      for (const { message } of detail) forms.add(formOf(`    ${message}`))
    }
  }
  return forms
}

describe.skipIf(!hasRecordedCeph)('lines of Ceph (skipped without KUORUM_CEPH_FIXTURES)', async () => {
  const answers = hasRecordedCeph ? await benches() : []

  it.each([
    ['status-plain.txt', ['status']],
    ['osd-tree-plain.txt', ['osd', 'tree']],
    ['osd-df-plain.txt', ['osd', 'df']],
    ['osd-df-tree-plain.txt', ['osd', 'df', 'tree']],
    ['df-plain.txt', ['df']],
  ] as const)('%s: every line has a recorded form', (ending, argv) => {
    const forms = recordedForms(ending)
    const strange = answers.flatMap((bench) =>
      bench
        .text(...argv)
        .split('\n')
        .filter((line) => !forms.has(formOf(line))),
    )
    expect(strange).toEqual([])
  })

  it('health detail: every line has a recorded form', () => {
    const forms = formsOfChecks()
    const isKnown = (line: string) =>
      line.startsWith('HEALTH_')
        ? line
            .replace(/^HEALTH_\w+ ?/, '')
            .split('; ')
            .every((part) => forms.has(formOf(part)))
        : forms.has(formOf(line))
    const lines = answers.flatMap((bench) => bench.text('health', 'detail').split('\n'))
    expect(lines.filter((line) => !isKnown(line))).toEqual([])
  })

  it('the cluster log: every line has a recorded form', () => {
    const logForm = (line: string) =>
      formOf(line.replace(/Health check (failed|update)/, 'Health check'))
        .replace(/(quorum|mons) node[\w#,]+/, '$1 NODES')
        .replace(/ranks [#,]+/, 'ranks #')
        .replace(/after # >= grace #/, 'after # s')
        .replace(/\bpgs?\b/g, 'pgs')
    const forms = new Set<string>()
    for (const [scenario, file] of recordedFiles('cluster-log.txt'))
      for (const line of recordedText(scenario, file).split('\n'))
        forms.add(logForm(line.replace(/^ *\+[\d.]+s mon\.\w+ /, '')))
    const lines = answers.flatMap(({ log }) => log.map((line) => line.replace(/^cluster /, '')))
    expect(lines.length).toBeGreaterThan(20)
    expect(lines.filter((line) => !forms.has(logForm(line)))).toEqual([])
  })
})
