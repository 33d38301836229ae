/**
 * Events ordered by time, and by insertion among those of the same moment: a binary heap. The second key is
 * what makes a simulation repeatable, so it is part of the queue and not left to its users.
 */
export interface QueuedEvent {
  readonly atMs: number
  readonly order: number
  /** Absent once the event was cancelled or taken. */
  action: (() => void) | undefined
}

/** Cancelled events stay in the heap until they surface, or until they are the majority of at least this many. */
const fewestWorthSweeping = 64

export class EventQueue {
  #heap: QueuedEvent[] = []
  #nextOrder = 0
  #cancelled = 0

  /** Events that will still happen. */
  get size(): number {
    return this.#heap.length - this.#cancelled
  }

  add(atMs: number, action: () => void): QueuedEvent {
    const event: QueuedEvent = { atMs, order: this.#nextOrder++, action }
    this.#heap.push(event)
    this.#siftUp(this.#heap.length - 1)
    return event
  }

  /** Idempotent; an event that has happened is left alone. */
  cancel(event: QueuedEvent): void {
    if (event.action === undefined) return
    event.action = undefined
    this.#cancelled++
    if (this.#heap.length >= fewestWorthSweeping && this.#cancelled * 2 > this.#heap.length) this.#sweep()
  }

  /** Time of the next event; undefined when there is none. */
  nextAtMs(): number | undefined {
    return this.#dropCancelled()?.atMs
  }

  /** Removes the next event and returns what it does. */
  take(): (() => void) | undefined {
    const event = this.#dropCancelled()
    if (event === undefined) return undefined
    this.#removeFirst()
    const action = event.action
    event.action = undefined
    return action
  }

  #dropCancelled(): QueuedEvent | undefined {
    for (;;) {
      const first = this.#heap[0]
      if (first === undefined || first.action !== undefined) return first
      this.#removeFirst()
      this.#cancelled--
    }
  }

  #removeFirst(): void {
    const last = this.#heap.pop()
    if (last === undefined || this.#heap.length === 0) return
    this.#heap[0] = last
    this.#siftDown(0)
  }

  #sweep(): void {
    this.#heap = this.#heap.filter((event) => event.action !== undefined)
    this.#cancelled = 0
    for (let index = (this.#heap.length >> 1) - 1; index >= 0; index--) this.#siftDown(index)
  }

  #siftUp(start: number): void {
    const heap = this.#heap
    const event = heap[start] as QueuedEvent
    let index = start
    while (index > 0) {
      const parentIndex = (index - 1) >> 1
      const parent = heap[parentIndex] as QueuedEvent
      if (!isBefore(event, parent)) break
      heap[index] = parent
      index = parentIndex
    }
    heap[index] = event
  }

  #siftDown(start: number): void {
    const heap = this.#heap
    const length = heap.length
    const event = heap[start] as QueuedEvent
    let index = start
    for (;;) {
      let childIndex = 2 * index + 1
      if (childIndex >= length) break
      let child = heap[childIndex] as QueuedEvent
      const right = heap[childIndex + 1]
      if (right !== undefined && isBefore(right, child)) {
        child = right
        childIndex++
      }
      if (!isBefore(child, event)) break
      heap[index] = child
      index = childIndex
    }
    heap[index] = event
  }
}

function isBefore(a: QueuedEvent, b: QueuedEvent): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order)
}
