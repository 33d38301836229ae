/** Listens to the APIs of all labs of this process. */
import { type Exchange, exchanges } from '../simulator/pve-front-end/exchanges.ts'

const heard: Exchange[] = []
exchanges.subscribe((message) => heard.push(message as Exchange))

/** What was answered with success since the last time. */
export function takeExchanges(): Exchange[] {
  return heard.splice(0)
}
