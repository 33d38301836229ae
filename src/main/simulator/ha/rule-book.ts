/** Keeps the compiled rules of a manager and compiles anew only when something they depend on changed. */
import type { Group, NodeName, Rule, ServiceConfig, ServiceId } from './cluster-data.ts'
import type { CrmEnvironment } from './environment.ts'
import { type CompiledRules, compileRules, noRules, rulesOfGroups } from './rules.ts'

export interface RuleBook {
  /** The compiled rules of this round. Rules that had to be dropped are logged when compiled. */
  update(
    rules: readonly Rule[],
    groups: readonly Group[],
    services: ReadonlyMap<ServiceId, ServiceConfig>,
    nodes: readonly NodeName[],
    nodesChanged: boolean,
  ): CompiledRules
}

export function createRuleBook(env: CrmEnvironment): RuleBook {
  let source: string | undefined
  let compiled = noRules
  return {
    update(rules, groups, services, nodes, nodesChanged) {
      const text = JSON.stringify([rules, groups])
      if (text === source && !nodesChanged) return compiled
      source = text
      const outcome = compileRules([...rules, ...rulesOfGroups(groups, services)], nodes)
      for (const { id, reason } of outcome.dropped) env.log('info', `Drop rule '${id}', because ${reason}.`)
      compiled = outcome.compiled
      return compiled
    },
  }
}
