/** Commands that change a cluster: flags, in and out, ratios, mutes. */
import type { CephCluster } from './ceph-cluster.ts'
import { administerCluster } from './cluster-administration.ts'
import { isOsdFlag, type OsdFlag, type Thresholds } from './cluster-settings.ts'

interface Outcome {
  readonly stdout: string
  readonly stderr: string
  readonly exitCode: number
}

const done = (stderr: string): Outcome => ({ stdout: '', stderr: `${stderr}\n`, exitCode: 0 })
const refused = (stderr: string): Outcome => ({
  stdout: '',
  stderr: `Error EINVAL: ${stderr}\n`,
  exitCode: 22,
})

const ratios: Readonly<Record<string, 'nearfullRatio' | 'backfillfullRatio' | 'fullRatio'>> = {
  'set-nearfull-ratio': 'nearfullRatio',
  'set-backfillfull-ratio': 'backfillfullRatio',
  'set-full-ratio': 'fullRatio',
}

/** Carries out a change; nothing if the words are none. */
export function changeCluster(cluster: CephCluster, words: readonly string[]): Outcome | undefined {
  const administered = administerCluster(cluster, words)
  if (administered !== undefined) return administered
  if (words[0] === 'health') return muteHealth(cluster, words.slice(1))
  if (words[0] !== 'osd') return undefined
  const [, verb = '', ...rest] = words
  if (verb === 'set' || verb === 'unset') return setFlag(cluster, verb === 'set', rest)
  if (verb === 'set-group' || verb === 'unset-group') return setGroup(cluster, verb === 'set-group', rest)
  if (verb === 'pause' || verb === 'unpause') return pause(cluster, verb === 'pause')
  if (verb === 'out' || verb === 'in') return setIn(cluster, verb, rest)
  if (verb === 'reweight') return reweight(cluster, rest)
  const ratio = ratios[verb]
  return ratio === undefined ? undefined : setRatio(cluster, ratio, verb, Number(rest[0]))
}

function setFlag(cluster: CephCluster, isSet: boolean, [flag = '']: readonly string[]): Outcome {
  if (flag === 'pause') return pause(cluster, isSet)
  if (!isOsdFlag(flag)) return refused(`unrecognized flag ${flag}`)
  cluster.osdMap.setFlags([flag], isSet)
  return done(`${flag} is ${isSet ? 'set' : 'unset'}`)
}

/** `osd set-group noout osd.2`: flags of single OSDs, or of all of a host. */
function setGroup(cluster: CephCluster, isSet: boolean, [flag = '', ...who]: readonly string[]): Outcome {
  const flags = flag.split(',')
  if (!flags.every(isOsdFlag)) return refused(`unrecognized flag ${flag}`)
  for (const name of who) {
    const ids = name.startsWith('osd.')
      ? [Number(name.slice(4))]
      : cluster.osdMap.osdsOn(name).map(({ id }) => id)
    for (const id of ids)
      for (const each of flags as OsdFlag[])
        if (cluster.osdMap.existing.some((osd) => osd.id === id)) cluster.osdMap.setFlags([each], isSet, id)
  }
  return done('')
}

function pause(cluster: CephCluster, isSet: boolean): Outcome {
  cluster.osdMap.setFlags(['pauserd', 'pausewr'], isSet)
  return done(`pauserd,pausewr is ${isSet ? 'set' : 'unset'}`)
}

function setIn(cluster: CephCluster, verb: 'in' | 'out', names: readonly string[]): Outcome {
  const texts = names.map((name) => {
    const id = Number(name.replace('osd.', ''))
    const osd = cluster.osdMap.osds[id]
    if (osd === undefined || osd.stage === 'absent') return `osd.${name.replace('osd.', '')} does not exist. `
    if (osd.in === (verb === 'in')) return `osd.${id} is already ${verb}. `
    cluster.osdMap.setReweight(id, verb === 'in' ? 1 : 0)
    return `marked ${verb} osd.${id}. `
  })
  return done(texts.join(''))
}

function reweight(cluster: CephCluster, [name = '', weight = '']: readonly string[]): Outcome {
  const id = Number(name.replace('osd.', ''))
  const share = Number(weight)
  const osd = cluster.osdMap.osds[id]
  if (osd === undefined || osd.stage === 'absent' || !(share >= 0 && share <= 1))
    return refused('invalid weight')
  cluster.osdMap.setReweight(id, share)
  return done(`reweighted osd.${id} to ${share} (${Math.round(share * 65_536).toString(16)})`)
}

function setRatio(
  cluster: CephCluster,
  name: keyof Thresholds & `${string}Ratio`,
  verb: string,
  ratio: number,
): Outcome {
  if (!(ratio >= 0 && ratio <= 1)) return refused('invalid ratio')
  cluster.settings.thresholds[name] = ratio
  cluster.settingsChanged()
  return done(`osd ${verb} ${ratio}`)
}

/** `health mute CODE [10m] [--sticky]`, `health unmute CODE`. */
function muteHealth(cluster: CephCluster, [verb, code, ...rest]: readonly string[]): Outcome | undefined {
  if (code === undefined) return undefined
  if (verb === 'unmute') {
    cluster.settings.mutes.delete(code)
    return done('')
  }
  if (verb !== 'mute') return undefined
  const check = cluster.health.checks.find((each) => each.code === code)
  const isSticky = rest.includes('--sticky')
  if (check === undefined && !isSticky) return refused(`health alert ${code} is not currently raised`)
  const time = rest.find((word) => word !== '--sticky')
  cluster.settings.mutes.set(code, {
    code,
    untilMs: time === undefined ? undefined : cluster.nowMs + durationMs(time),
    sticky: isSticky,
    summary: check?.summary ?? '',
    count: check?.count ?? 0,
  })
  return done('')
}

function durationMs(text: string): number {
  const factor = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 }[text.at(-1) ?? ''] ?? 1
  return Number.parseFloat(text) * factor * 1000
}
