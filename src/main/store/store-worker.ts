/**
 * Thread that holds one run file open for writing. SQLite is synchronous and a checkpoint may take a quarter of a
 * second; neither may delay probes or the window.
 */
import assert from 'node:assert'
import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import { ProblemError, problem } from '../../shared/problems/problem.ts'
import { openRunFile, type WritableRunFile } from './open-run-file.ts'
import type { WriterOperation, WriterReply, WriterRequest, WriterTask } from './writer-protocol.ts'

assert(parentPort, 'runs as a worker thread')
serve(parentPort, workerData as WriterTask)

function serve(port: MessagePort, task: WriterTask): void {
  const reply = (message: WriterReply) => port.postMessage(message)
  const fail = (error: unknown) => reply({ kind: 'failed', problem: problemOf(error, task.path) })
  let file: WritableRunFile | undefined
  try {
    file = openRunFile(task)
    reply({ kind: 'ready', nextSeq: file.nextSeq })
  } catch (error) {
    fail(error)
    port.close()
    return
  }
  let failed = false
  const opened = file
  port.on('message', (first: WriterRequest) => {
    const { operations, ticket, commits, closes } = gather(port, first)
    try {
      // After a failure the file may lack what was asked before, so nothing may follow.
      if (!failed && operations.length > 0) opened.apply(operations)
      if (!failed && commits) {
        opened.commit()
        reply({ kind: 'done', ticket })
      }
    } catch (error) {
      failed = true
      fail(error)
    }
    if (closes) {
      finish(opened, failed, reply, fail)
      port.close()
    }
  })
}

/** Everything that has arrived meanwhile, so that it shares one wait for the disk. */
function gather(port: MessagePort, first: WriterRequest) {
  const operations: WriterOperation[] = []
  let ticket = 0
  let commits = false
  let request: WriterRequest | undefined = first
  while (request?.kind === 'write') {
    for (const operation of request.operations) operations.push(operation)
    ticket = request.ticket
    commits ||= request.commits
    request = receiveMessageOnPort(port)?.message as WriterRequest | undefined
  }
  return { operations, ticket, commits, closes: request?.kind === 'close' }
}

function finish(
  file: WritableRunFile,
  failed: boolean,
  reply: (message: WriterReply) => void,
  fail: (error: unknown) => void,
): void {
  if (failed) {
    file.abandon()
    return
  }
  try {
    reply({ kind: 'closed', journalSha256: file.close() })
  } catch (error) {
    fail(error)
  }
}

/** Whatever goes wrong here is a failure to write the run, also where it is a defect. */
function problemOf(error: unknown, path: string) {
  if (error instanceof ProblemError) return error.problem
  return problem('run-file.write-failed', { path }, error instanceof Error ? error.message : String(error))
}
