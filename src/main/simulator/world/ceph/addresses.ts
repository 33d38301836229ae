/** Where daemons of Ceph listen: a network of the lab's own, the host by its place among the nodes. */

export function hostAddress(position: number): string {
  return `10.10.10.${position + 11}`
}

/** `[v2:10.10.10.11:3300/0,v1:10.10.10.11:6789/0]` */
export function monitorAddresses(position: number): string {
  return pair(position, 3300, 6789)
}

/** Of an OSD, by its place among those of its host, each of which takes the next ports from 6800. */
export function osdAddresses(position: number, index: number): string {
  const port = 6800 + 8 * index
  return pair(position, port, port + 1)
}

function pair(position: number, v2Port: number, v1Port: number): string {
  return `[v2:${hostAddress(position)}:${v2Port}/0,v1:${hostAddress(position)}:${v1Port}/0]`
}
