/** The scenario file: what the cluster looks like at the start and which commands it gets. */
import { z } from 'zod'
import { throwProblem } from '../../../shared/problems/problem.ts'
import type {
  Capacity,
  DatacenterOptions,
  Group,
  ManagerStatus,
  NodeName,
  Rule,
  ServiceConfig,
  ServiceId,
} from '../ha/cluster-data.ts'
import { parseCommand, type ScenarioCommand } from './commands.ts'
import { managerStatusSchema, nodeNameSchema, serviceIdSchema } from './manager-status-schema.ts'

export interface ScenarioNode {
  readonly power: boolean
  readonly network: boolean
  readonly version: string
  /** Processors and bytes, as far as given. */
  readonly maxcpu?: number
  readonly maxmem?: number
}

/** A guest may be locked from the start. */
export interface ScenarioService extends ServiceConfig {
  readonly lock?: string
}

export interface Scenario {
  readonly nodes: ReadonlyMap<NodeName, ScenarioNode>
  readonly services: ReadonlyMap<ServiceId, ScenarioService>
  readonly rules: readonly Rule[]
  readonly groups: readonly Group[]
  readonly datacenter: DatacenterOptions
  readonly managerStatus: ManagerStatus
  /** Undefined: every service has the harness's default figures. */
  readonly staticStats: ReadonlyMap<ServiceId, Capacity> | undefined
  readonly dynamicStats: ReadonlyMap<ServiceId, { readonly cpu: number; readonly mem: number }> | undefined
  readonly commands: readonly (readonly ScenarioCommand[])[]
}

/** Version of nodes whose scenario names none. */
const defaultVersion = '9.0.0~2'

/** Files that were written by hand give numbers as text, and truth in any of these words. */
const numberLike = z
  .union([z.number(), z.string().regex(/^\s*\d+(\.\d*)?([eE][+-]?\d+)?\s*$/)])
  .transform(Number)
  .pipe(z.number().nonnegative())
const integerLike = z
  .union([z.number(), z.string().regex(/^\s*-?\d+\s*$/)])
  .transform(Number)
  .pipe(z.number().int())
const trueWords: ReadonlySet<string> = new Set(['1', 'on', 'yes', 'true'])
const flag = z
  .union([z.boolean(), z.number(), z.string()])
  .transform((value) => trueWords.has(String(value).trim().toLowerCase()))
const onOff = z.enum(['on', 'off']).transform((word) => word === 'on')

const nodeSchema = z
  .object({
    power: onOff.default(false),
    network: onOff.default(false),
    maxcpu: numberLike.optional(),
    maxmem: numberLike.optional(),
    'pve-manager-version': z.string().default(defaultVersion),
  })
  .transform(({ power, network, maxcpu, maxmem, ...rest }): ScenarioNode => {
    const sizes = { ...(maxcpu === undefined ? {} : { maxcpu }), ...(maxmem === undefined ? {} : { maxmem }) }
    return { power, network, version: rest['pve-manager-version'], ...sizes }
  })

/** Old configurations say `enabled`; without a state the resource is disabled in scenarios. */
const serviceSchema = z
  .object({
    node: nodeNameSchema,
    state: z.string().default('disabled'),
    group: z.string().optional(),
    lock: z.string().optional(),
    failback: flag.default(true),
    max_restart: numberLike.default(1),
    max_relocate: numberLike.default(1),
  })
  .transform(
    ({
      node,
      state,
      group,
      lock,
      failback,
      max_restart: maxRestart,
      max_relocate: maxRelocate,
    }): ScenarioService => ({
      node,
      state: state === 'enabled' ? 'started' : state,
      ...(group === undefined ? {} : { group }),
      ...(lock === undefined ? {} : { lock }),
      failback,
      maxRestart,
      maxRelocate,
    }),
  )

const prioritisedNodes = z.array(z.object({ node: nodeNameSchema, priority: integerLike.default(0) }))

const ruleBase = {
  id: z.string().min(1),
  resources: z.array(serviceIdSchema),
  disabled: flag.default(false),
}

const ruleSchema = z.discriminatedUnion('type', [
  z.object({
    ...ruleBase,
    type: z.literal('node-affinity'),
    nodes: prioritisedNodes,
    strict: flag.default(false),
  }),
  z.object({
    ...ruleBase,
    type: z.literal('resource-affinity'),
    affinity: z.enum(['positive', 'negative']),
  }),
])

const groupSchema = z.object({
  id: z.string().min(1),
  nodes: prioritisedNodes,
  restricted: flag.default(false),
  nofailback: flag.default(false),
})

const datacenterSchema = z
  .object({
    ha: z.object({ shutdown_policy: z.string().optional() }).optional(),
    crs: z
      .object({
        ha: z.string().optional(),
        'ha-rebalance-on-start': flag.optional(),
        'ha-auto-rebalance': flag.optional(),
        'ha-auto-rebalance-threshold': numberLike.optional(),
        'ha-auto-rebalance-method': z.string().optional(),
        'ha-auto-rebalance-hold-duration': numberLike.optional(),
        'ha-auto-rebalance-margin': numberLike.optional(),
      })
      .optional(),
  })
  .transform(({ ha, crs = {} }): DatacenterOptions => {
    const known = {
      ha: crs.ha,
      rebalanceOnStart: crs['ha-rebalance-on-start'],
      autoRebalance: crs['ha-auto-rebalance'],
      autoRebalanceThreshold: crs['ha-auto-rebalance-threshold'],
      autoRebalanceMethod: crs['ha-auto-rebalance-method'],
      autoRebalanceHoldDuration: crs['ha-auto-rebalance-hold-duration'],
      autoRebalanceMargin: crs['ha-auto-rebalance-margin'],
    }
    return withoutUndefined({ shutdownPolicy: ha?.shutdown_policy, crs: withoutUndefined(known) })
  })

type Defined<T> = { [Key in keyof T]?: Exclude<T[Key], undefined> }

function withoutUndefined<T extends object>(value: T): Defined<T> {
  return Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined)) as Defined<T>
}

const scenarioSchema = z.object({
  format: z.literal(1).optional(),
  name: z.string().optional(),
  hardware: z.record(nodeNameSchema, nodeSchema),
  services: z.record(serviceIdSchema, serviceSchema).default({}),
  rules: z.array(ruleSchema).default([]),
  groups: z.array(groupSchema).default([]),
  datacenter: datacenterSchema.default({}),
  managerStatus: managerStatusSchema,
  staticServiceStats: z
    .record(serviceIdSchema, z.object({ maxcpu: numberLike.default(0), maxmem: numberLike.default(0) }))
    .optional(),
  dynamicServiceStats: z
    .record(serviceIdSchema, z.object({ cpu: numberLike.default(0), mem: numberLike.default(0) }))
    .optional(),
  commands: z.array(z.array(z.string())),
})

/** Reads a scenario. Throws the Problem `scenario.invalid`, which names the field. */
export function parseScenario(input: unknown): Scenario {
  const parsed = scenarioSchema.safeParse(withoutNulls(input))
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    return refuse(nameOf(input), issue?.path.map(String).join('.') || '(root)', issue?.message ?? '')
  }
  const { hardware, services, staticServiceStats, dynamicServiceStats, commands, ...rest } = parsed.data
  const name = nameOf(input)
  for (const [sid, { node }] of Object.entries(services)) {
    if (!Object.hasOwn(hardware, node)) refuse(name, `services.${sid}.node`, `no node ${node} in hardware`)
  }
  return {
    nodes: new Map(Object.entries(hardware)),
    services: new Map(Object.entries(services)),
    rules: rest.rules,
    groups: rest.groups,
    datacenter: rest.datacenter,
    managerStatus: rest.managerStatus,
    staticStats: mapOf(staticServiceStats),
    dynamicStats: mapOf(dynamicServiceStats),
    commands: commands.map((list, row) =>
      list.map((text, column) => {
        const command = parseCommand(text, (node) => Object.hasOwn(hardware, node))
        return command ?? refuse(name, `commands.${row}.${column}`, `not a command: ${text}`)
      }),
    ),
  }
}

/** Levels of a scenario's deepest field, `managerStatus.service_status.ID.cmd.0`. */
const deepestLevel = 5

/** A field that is `null` counts as absent, at every level. */
function withoutNulls(value: unknown, level = 0): unknown {
  if (typeof value !== 'object' || value === null || level > deepestLevel) return value
  if (Array.isArray(value)) return value.map((entry) => withoutNulls(entry, level + 1))
  const given = Object.entries(value).filter(([, entry]) => entry !== null)
  return Object.fromEntries(given.map(([key, entry]) => [key, withoutNulls(entry, level + 1)]))
}

function mapOf<Value>(record: Readonly<Record<string, Value>> | undefined) {
  return record === undefined ? undefined : new Map(Object.entries(record))
}

function nameOf(input: unknown): string {
  const name = typeof input === 'object' && input !== null && 'name' in input ? input.name : undefined
  return typeof name === 'string' ? name : '(unnamed)'
}

function refuse(name: string, field: string, detail: string): never {
  return throwProblem('scenario.invalid', { path: name, field }, detail)
}
