import { describeCarrierContract } from '../testing/carrier-contract.ts'
import { createDispatcher } from './dispatch.ts'
import { createInProcessTransport } from './in-process-transport.ts'

describeCarrierContract('the call within the process', async (handlers, log) => ({
  transport: createInProcessTransport(createDispatcher(handlers, log)),
  close: async () => {},
}))
