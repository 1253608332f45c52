/** What a template asks the database: SQL text, perhaps of several statements. */
export interface Question {
  readonly sql: string
}

/** What the last statement of a question returned. */
export interface Answer {
  /** Names and type oids, in order; empty for a command that returns no rows. */
  readonly columns: readonly { readonly name: string; readonly typeOid: number }[]
  /** Values as the Database port gives them: texts where JavaScript would lose digits. */
  readonly rows: readonly (readonly unknown[])[]
  /** Rows returned, or rows that the command touched. */
  readonly rowCount: number
}
