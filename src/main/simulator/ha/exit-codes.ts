/** How an LRM action ended. */
export const exitCodes = {
  success: 0,
  error: 1,
  /** Asks for another round; never published. */
  tryAgain: 2,
  wrongNode: 3,
  unknownServiceType: 4,
  unknownCommand: 5,
  invalidParameter: 6,
  unknownService: 7,
  ignored: 8,
  /** The action itself broke. */
  crashed: -1,
} as const
