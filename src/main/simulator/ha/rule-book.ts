/** Keeps the compiled rules of a manager and compiles anew only when something they depend on changed. */
import type { Group, NodeName, Rule, ServiceConfig, ServiceId } from './cluster-data.ts'
import type { CrmEnvironment } from './environment.ts'
import { type CompiledRules, compileRules, noRules, rulesOfGroups } from './rules.ts'

export class RuleBook {
  readonly #env: CrmEnvironment
  /** What was compiled, to see when it changes. */
  #source: string | undefined
  #rules: readonly Rule[] | undefined
  #compiled: CompiledRules = noRules

  constructor(env: CrmEnvironment) {
    this.#env = env
  }

  /** The compiled rules of this round. Rules that had to be dropped are logged when compiled. */
  update(
    rules: readonly Rule[],
    groups: readonly Group[],
    services: ReadonlyMap<ServiceId, ServiceConfig>,
    nodes: readonly NodeName[],
    nodesChanged: boolean,
  ): CompiledRules {
    // Release 8 looks at a resource's group anew in every round, release 9 only when rules or groups are edited.
    const grouped = this.#env.release === 8 ? rulesOfGroups(groups, services) : []
    // Nobody changes what was read: the same rules need no comparing.
    if (groups.length === 0 && rules === this.#rules && !nodesChanged) return this.#compiled
    this.#rules = groups.length === 0 ? rules : undefined
    const source = JSON.stringify([rules, groups, grouped])
    if (source === this.#source && !nodesChanged) return this.#compiled
    const { compiled, dropped } = compileRules([...rules, ...rulesOfGroups(groups, services)], nodes)
    for (const { id, reason } of dropped) this.#env.log('info', `Drop rule '${id}', because ${reason}.`)
    this.#source = source
    this.#compiled = compiled
    return compiled
  }
}
