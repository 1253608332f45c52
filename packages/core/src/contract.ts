import type { Location } from './diagnostic.ts'

/** What a model promises of its relation, for the database to enforce. */
export interface Contract {
  /** All columns in their order, of a contract that is enforced; null: there are constraints alone. */
  readonly columns: readonly ContractColumn[] | null
  readonly constraints: readonly EnforcedConstraint[]
  /** Where its columns or its constraints are declared. */
  readonly location: Location
  /** Some types are others than those of the SELECT, whose values are assigned to them: known at the step alone. */
  readonly assigns?: true
}

export interface ContractColumn {
  /** As the catalog has it. */
  readonly name: string
  /** SQL, as declared. */
  readonly type: string
  /** What stands behind the type where the column is made: constraints of the type `custom`. */
  readonly more?: string
  readonly location: Location
}

export type ConstraintType = 'not_null' | 'check' | 'primary_key' | 'unique' | 'foreign_key' | 'custom'

export interface EnforcedConstraint {
  readonly type: ConstraintType
  /** As the catalog has it; derived from what it says unless it was given. */
  readonly name: string
  /** As the catalog has them; empty for a check that names none. */
  readonly columns: readonly string[]
  /** What stands behind its name in SQL: `check (amount > 0)`; for NOT NULL that of a check which says the same. */
  readonly definition: string
  /** The condition of a check; absent for others. */
  readonly condition?: string
  readonly location: Location
}

/** What is kept of a contract, to be compared with later. */
export interface StoredContract {
  readonly columns: readonly { readonly name: string; readonly type: string }[] | null
  readonly constraints: readonly Pick<EnforcedConstraint, 'type' | 'name' | 'columns' | 'definition'>[]
}

export function storedContract({ columns, constraints }: Contract): StoredContract {
  return {
    columns: columns === null ? null : columns.map(({ name, type }) => ({ name, type: type.toLowerCase() })),
    constraints: constraints.map(({ type, name, columns: of, definition }) => ({
      type,
      name,
      columns: of,
      definition,
    })),
  }
}
