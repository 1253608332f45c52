/**
 * Uses, separated by spaces: `orders.amount`, `records.data->items->[]->name`, `bronze.patients.data->id` (outside of the
 * schema public). A leading `~`, which counts for direct uses alone: something else is computed of the value.
 */
export type Uses = string

export interface TrueColumn {
  readonly direct?: Uses
  readonly condition?: Uses
  readonly window?: Uses
}

/** A query, and where its columns come from, as a person reads it. */
export interface Truth {
  readonly title: string
  /** Beside `sharedRelations`: what stands between the parentheses of CREATE TABLE, by name. */
  readonly relations?: Readonly<Record<string, string>>
  readonly sql: string
  /** By name, in their order; a text is what a column comes from directly. */
  readonly columns: Readonly<Record<string, Uses | TrueColumn>>
  readonly filter?: Uses
  readonly join?: Uses
  readonly group?: Uses
  readonly order?: Uses
  /** The first major version of Postgres that takes it; absent: all that are supported. */
  readonly since?: number
}
