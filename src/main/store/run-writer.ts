/** The program's side of a run file open for writing: numbers entries, buffers samples, waits for the worker. */
import assert from 'node:assert'
import { Worker } from 'node:worker_threads'
import type { JournalEntry, RunEvent } from '../../shared/domain/journal.ts'
import type { Sample, Series } from '../../shared/domain/sample.ts'
import { type Problem, ProblemError, problem } from '../../shared/problems/problem.ts'
import { canonicalJson } from '../base/canonical-json.ts'
import type { RealTime } from '../base/real-time.ts'
import type { RunWriter, WriteUrgency } from '../contracts/run-store.ts'
import { limits } from './run-file-schema.ts'
import { SampleBuffer } from './sample-buffer.ts'
import type { WriterOperation, WriterReply, WriterRequest, WriterTask } from './writer-protocol.ts'

/**
 * Samples wait at most this long in memory, in real time, whatever clock the run has: a simulated hour that took
 * two seconds is repeated in two seconds.
 */
const samplesWaitMs = 5000

/** What nobody waits for waits this long for others to share a commit with. */
const soonMs = 100

/** So many operations are sent without a commit, so that the worker encodes samples while the program goes on. */
const operationsPerMessage = 64

export interface WorkerWriterOptions {
  readonly workerUrl: URL
  readonly time: Pick<RealTime, 'nowMs' | 'after'>
}

/** Opens the file in a worker of its own. Rejects with a Problem; then the worker has ended. */
export async function openWorkerWriter(task: WriterTask, options: WorkerWriterOptions): Promise<RunWriter> {
  const worker = new Worker(options.workerUrl, { workerData: task, name: 'kuorum store' })
  const reply = await firstReply(worker, task.path)
  if (reply.kind === 'failed') throw new ProblemError(reply.problem)
  assert(reply.kind === 'ready', `first reply of the store worker: ${reply.kind}`)
  return new WorkerWriter(task.path, worker, reply.nextSeq, options.time)
}

function firstReply(worker: Worker, path: string): Promise<WriterReply> {
  return new Promise((resolve) => {
    const settle = (reply: WriterReply) => {
      worker.off('message', settle).off('error', onError)
      resolve(reply)
    }
    const onError = (error: unknown) => settle({ kind: 'failed', problem: workerProblem(path, error) })
    worker.on('message', settle).on('error', onError)
  })
}

interface Waiting {
  readonly ticket: number
  resolve(): void
  reject(error: ProblemError): void
}

class WorkerWriter implements RunWriter {
  readonly path: string
  readonly #worker: Worker
  readonly #time: Pick<RealTime, 'nowMs' | 'after'>
  #nextSeq: number
  #outbox: WriterOperation[] = []
  #commitsThisTurn = false
  /** Set while anything was posted that is not part of a commit yet. */
  #cancelCommit: (() => void) | undefined
  #lastTicket = 0
  /** In the order of their tickets. */
  #waiting: Waiting[] = []
  #buffers: readonly SampleBuffer[] = []
  #lastSyncMs: number
  #lookedAtTime = false
  #failure: Problem | undefined
  #ended = false
  #closing: Promise<{ readonly journalSha256: string }> | undefined
  #onClosed: ((journalSha256: string | undefined) => void) | undefined

  constructor(path: string, worker: Worker, nextSeq: number, time: Pick<RealTime, 'nowMs' | 'after'>) {
    this.path = path
    this.#worker = worker
    this.#nextSeq = nextSeq
    this.#time = time
    this.#lastSyncMs = time.nowMs()
    worker.on('message', (reply: WriterReply) => this.#receive(reply))
    worker.on('error', (error) => this.#fail(workerProblem(path, error)))
    worker.on('exit', () => this.#onExit())
    // A forgotten writer must not keep the program from ending; what is waited for does.
    worker.unref()
  }

  append(atMs: number, event: RunEvent, urgency: WriteUrgency = 'now'): Promise<JournalEntry> {
    assert(!this.#ended, 'nothing follows the end of a run')
    if (this.#closing) return this.#refuseAfterClose()
    const entry = { seq: this.#nextSeq++, atMs, event }
    const body = canonicalJson(event)
    assert(
      Number.isFinite(atMs) && body.length <= limits.bodyBytes / 4,
      'a journal entry is small and has a time',
    )
    const endsRun = event.type === 'run-ended'
    if (endsRun) {
      this.#emptyBuffers()
      this.#ended = true
    }
    this.#post({ kind: 'append', seq: entry.seq, atMs, body, endsRun })
    const written = this.#onceOnDisk(endsRun ? 'now' : urgency).then(() => entry)
    // Whoever does not wait for an entry learns of a failure from flush or close.
    written.catch(() => undefined)
    return written
  }

  declareSeries(series: readonly Series[]): void {
    assert(this.#buffers.length === 0, 'series are declared once')
    series.forEach(({ index }, position) => {
      assert(index === position, 'series are numbered by position')
    })
    this.#buffers = series.map(({ index }) => new SampleBuffer(index))
    this.#post({ kind: 'declare', series: series.map((item) => canonicalJson(item)) })
  }

  record(series: Series, sample: Sample): void {
    // A run that is stopped where it is may still hear an answer; what is not recorded becomes void.
    if (this.#closing) return
    const buffer = this.#buffers[series.index]
    assert(buffer && !this.#ended, 'samples belong to a declared series of a run that goes on')
    if (!buffer.follows(sample.tick)) this.#empty(buffer)
    buffer.add(sample)
    if (buffer.isFull) this.#empty(buffer)
    if (!this.#lookedAtTime) this.#lookAtTime()
  }

  flush(): Promise<void> {
    if (this.#closing) return this.#closing.then(() => undefined)
    this.#sync()
    return this.#onceOnDisk('now')
  }

  close(): Promise<{ readonly journalSha256: string }> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<{ readonly journalSha256: string }> {
    this.#emptyBuffers()
    this.#send(true)
    const closed = new Promise<string | undefined>((resolve) => {
      this.#onClosed = resolve
    })
    this.#worker.ref()
    this.#request({ kind: 'close' })
    const journalSha256 = await closed
    if (this.#failure) throw new ProblemError(this.#failure)
    assert(journalSha256, 'a store worker that did not fail has closed its file')
    return { journalSha256 }
  }

  #refuseAfterClose(): Promise<never> {
    const refused = Promise.reject(
      new ProblemError(
        this.#failure ?? problem('run-file.write-failed', { path: this.path }, 'file is closed'),
      ),
    )
    refused.catch(() => undefined)
    return refused
  }

  /** Once in a turn of the event loop: in virtual time a turn brings thousands of samples in some milliseconds. */
  #lookAtTime(): void {
    this.#lookedAtTime = true
    queueMicrotask(() => {
      this.#lookedAtTime = false
    })
    if (this.#time.nowMs() - this.#lastSyncMs >= samplesWaitMs) this.#sync()
  }

  #sync(): void {
    this.#lastSyncMs = this.#time.nowMs()
    this.#emptyBuffers()
    this.#post({ kind: 'sync' })
  }

  #emptyBuffers(): void {
    for (const buffer of this.#buffers) this.#empty(buffer)
  }

  #empty(buffer: SampleBuffer): void {
    const operation = buffer.take()
    if (operation) this.#post(operation)
  }

  #post(operation: WriterOperation): void {
    this.#outbox.push(operation)
    this.#cancelCommit ??= this.#time.after(soonMs, () => this.#send(true))
    if (this.#outbox.length >= operationsPerMessage) this.#send(false)
  }

  /** Resolves when what was posted up to now is on disk. */
  #onceOnDisk(urgency: WriteUrgency): Promise<void> {
    // Of what was posted last, some may have been sent already; the commit comes with the next message.
    const ticket = this.#lastTicket + 1
    const written = new Promise<void>((resolve, reject) => {
      if (this.#failure) reject(new ProblemError(this.#failure))
      else this.#waiting.push({ ticket, resolve, reject })
    })
    written.catch(() => undefined)
    if (this.#waiting.length === 1) this.#worker.ref()
    if (urgency === 'now') this.#commitThisTurn()
    return written
  }

  /** One commit for all that is waited for in the same turn. */
  #commitThisTurn(): void {
    if (this.#commitsThisTurn) return
    this.#commitsThisTurn = true
    queueMicrotask(() => {
      this.#commitsThisTurn = false
      this.#send(true)
    })
  }

  #send(commits: boolean): void {
    if (commits) {
      this.#cancelCommit?.()
      this.#cancelCommit = undefined
    }
    const operations = this.#outbox
    this.#outbox = []
    this.#request({ kind: 'write', ticket: ++this.#lastTicket, operations, commits })
  }

  #request(request: WriterRequest): void {
    if (this.#failure && request.kind === 'write') return
    this.#worker.postMessage(request)
  }

  #receive(reply: WriterReply): void {
    if (reply.kind === 'done') this.#settleUpTo(reply.ticket)
    if (reply.kind === 'failed') this.#fail(reply.problem)
    if (reply.kind === 'closed') this.#onClosed?.(reply.journalSha256)
  }

  #settleUpTo(ticket: number): void {
    const settled = this.#waiting.filter((waiting) => waiting.ticket <= ticket)
    this.#waiting = this.#waiting.slice(settled.length)
    for (const { resolve } of settled) resolve()
    if (this.#waiting.length === 0 && !this.#closing) this.#worker.unref()
  }

  #fail(failure: Problem): void {
    this.#failure ??= failure
    const waiting = this.#waiting
    this.#waiting = []
    for (const { reject } of waiting) reject(new ProblemError(this.#failure))
    if (!this.#closing) this.#worker.unref()
  }

  #onExit(): void {
    if (!this.#closing)
      this.#fail(problem('run-file.write-failed', { path: this.path }, 'store worker ended'))
    this.#onClosed?.(undefined)
  }
}

function workerProblem(path: string, error: unknown): Problem {
  return problem('run-file.write-failed', { path }, error instanceof Error ? error.message : String(error))
}
