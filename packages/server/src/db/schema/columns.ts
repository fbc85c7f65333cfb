import type { ColumnType } from 'kysely'

/** A timestamp that the database fills in when none is given. */
export type Stamped = ColumnType<Date, Date | undefined, Date>
/** bigint comes back from the driver as a number: the parser is set in connect.ts, safe below 2^53. */
export type Fence = ColumnType<number, number | undefined, number>
/** jsonb: read as a value, written as JSON text. */
export type Json<T> = ColumnType<T, string, string>
export type JsonDefault<T> = ColumnType<T, string | undefined, string>
