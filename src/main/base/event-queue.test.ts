import fc from 'fast-check'
import { expect, it } from 'vitest'
import { EventQueue } from './event-queue.ts'

it('gives events by time, then insertion, and never a cancelled one, whatever is done between', () => {
  const add = fc.record({ kind: fc.constant('add' as const), atMs: fc.integer({ min: 0, max: 20 }) })
  const cancel = fc.record({ kind: fc.constant('cancel' as const), which: fc.nat() })
  const take = fc.record({ kind: fc.constant('take' as const) })
  const steps = fc.array(fc.oneof({ weight: 4, arbitrary: add }, { weight: 3, arbitrary: cancel }, take), {
    maxLength: 400,
    size: 'max',
  })
  fc.assert(
    fc.property(steps, (commands) => {
      const queue = new EventQueue()
      const handles: ReturnType<EventQueue['add']>[] = []
      // The model: a plain list, sorted with the language's stable sort.
      let expected: { atMs: number; id: number }[] = []
      let taken: number | undefined
      const takeBoth = () => {
        taken = undefined
        queue.take()?.()
        const sorted = expected.toSorted((a, b) => a.atMs - b.atMs)
        expect(taken).toBe(sorted[0]?.id)
        expected = expected.filter(({ id }) => id !== taken)
      }
      for (const command of commands) {
        if (command.kind === 'add') {
          const id = handles.length
          expected.push({ atMs: command.atMs, id })
          handles.push(
            queue.add(command.atMs, () => {
              taken = id
            }),
          )
        } else if (command.kind === 'cancel' && handles.length > 0) {
          const id = command.which % handles.length
          const handle = handles[id]
          if (handle) queue.cancel(handle)
          expected = expected.filter((event) => event.id !== id)
        } else takeBoth()
        expect(queue.size).toBe(expected.length)
      }
      while (expected.length > 0) takeBoth()
      expect(queue.take()).toBeUndefined()
    }),
  )
})
