import type { LogFields, Logger } from '../contracts/logger.ts'

export interface LogSink {
  write(line: string): unknown
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

const rankOf: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 }

/**
 * Writes one JSON object per line: `time`, `level`, `event`, then the fields. `wallTime` labels the lines.
 * A sink that fails (a closed pipe) never fails the program.
 */
export function createLogger(sink: LogSink, wallTime: () => string, lowest: LogLevel = 'info'): Logger {
  const write = (level: LogLevel, event: string, fields: LogFields | undefined) => {
    if (rankOf[level] < rankOf[lowest]) return
    const head = { time: wallTime(), level, event }
    try {
      // The head is given twice: first for its place in the line, last so that no field can replace it.
      sink.write(`${JSON.stringify({ ...head, ...fields, ...head })}\n`)
    } catch {
      // Nowhere is left to report it.
    }
  }
  return {
    debug: (event, fields) => write('debug', event, fields),
    info: (event, fields) => write('info', event, fields),
    warn: (event, fields) => write('warn', event, fields),
    error: (event, fields) => write('error', event, fields),
  }
}

/** For callers that do not care what is logged. */
export const silentLogger: Logger = createLogger({ write: () => {} }, () => '', 'error')
