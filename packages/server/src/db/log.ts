/** Where the database's own words go: the slice of pino that this room uses. Never given a secret. */
export interface DatabaseLog {
  info(message: string): void
  warn(message: string): void
}

/** For callers that want no word: command line tools and tests. */
export const silentLog: DatabaseLog = { info: () => {}, warn: () => {} }
