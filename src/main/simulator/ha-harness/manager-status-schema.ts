/** A saved manager status in the shape of its file: other names than ours, and only what matters is read. */
import { z } from 'zod'
import type { ManagerStatus, PendingCommand, ServiceStatus } from '../ha/cluster-data.ts'

export const nodeNameSchema = z.string().regex(/^[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?$/)
export const serviceIdSchema = z.string().regex(/^[a-z]+:[A-Za-z0-9._-]+$/)

const pendingSchema = z
  .union([
    z.tuple([z.enum(['migrate', 'relocate']), nodeNameSchema]),
    z.tuple([z.literal('stop'), z.coerce.number().int().nonnegative()]),
  ])
  .transform(
    (command): PendingCommand =>
      command[0] === 'stop'
        ? { task: 'stop', timeoutSeconds: command[1] }
        : { task: command[0], target: command[1] },
  )

const serviceStatusSchema = z
  .object({
    state: z.enum([
      'request_start',
      'request_start_balance',
      'started',
      'request_stop',
      'stopped',
      'migrate',
      'relocate',
      'freeze',
      'error',
      'fence',
      'recovery',
    ]),
    node: nodeNameSchema,
    uid: z.string().default(''),
    target: nodeNameSchema.optional(),
    cmd: pendingSchema.optional(),
    running: z.unknown().optional(),
    failed_nodes: z.array(nodeNameSchema).optional(),
    maintenance_node: nodeNameSchema.optional(),
    timeout: z.coerce.number().int().nonnegative().optional(),
  })
  .transform(
    ({ state, node, uid, target, cmd, running, timeout, ...rest }): ServiceStatus => ({
      state,
      node,
      uid,
      ...(target === undefined ? {} : { target }),
      ...(cmd === undefined ? {} : { pending: cmd }),
      ...(running === true || running === 1 || running === '1' ? { running: true } : {}),
      ...(rest.failed_nodes === undefined ? {} : { failedNodes: rest.failed_nodes }),
      ...(rest.maintenance_node === undefined ? {} : { maintenanceNode: rest.maintenance_node }),
      ...(timeout === undefined ? {} : { timeoutSeconds: timeout }),
    }),
  )

export const managerStatusSchema = z
  .object({
    master_node: nodeNameSchema.optional(),
    timestamp: z.coerce.number().optional(),
    node_status: z
      .record(nodeNameSchema, z.enum(['online', 'maintenance', 'unknown', 'fence', 'gone']))
      .default({}),
    service_status: z.record(serviceIdSchema, serviceStatusSchema).default({}),
    node_request: z.record(nodeNameSchema, z.object({ maintenance: z.unknown().optional() })).default({}),
    disarm: z
      .object({ mode: z.enum(['freeze', 'ignore']), state: z.enum(['disarming', 'disarmed']) })
      .optional(),
  })
  .default({ node_status: {}, service_status: {}, node_request: {} })
  .transform(
    (status): ManagerStatus => ({
      ...(status.master_node === undefined ? {} : { masterNode: status.master_node }),
      ...(status.timestamp === undefined ? {} : { timestamp: status.timestamp }),
      nodeStatus: status.node_status,
      serviceStatus: status.service_status,
      nodeRequest: Object.fromEntries(
        Object.entries(status.node_request).map(([node, request]) => [
          node,
          { maintenance: Boolean(Number(request.maintenance ?? 0)) },
        ]),
      ),
      ...(status.disarm === undefined ? {} : { disarm: status.disarm }),
    }),
  )
