import type { Location, RelationName } from '@strata/core'
import type { Config } from './merge-config.ts'
import type { Resolution } from './resolution.ts'

/** A data test by what the relation of its failing rows is named after. */
export interface StoredTest {
  readonly name: string
  readonly packageName: string
  readonly fqn: readonly string[]
  readonly location: Location
  readonly config: Config
  /** What it is called there when the configuration says nothing. */
  readonly alias: string
}

/** Where the failing rows of a test are kept, if they are: beside the target's schema, as in dbt. */
export function storedAs({ config, alias, ...test }: StoredTest, { names }: Resolution): RelationName {
  const { schema, alias: given } = config
  return names.relationOf({
    ...test,
    kind: 'test',
    version: null,
    config: { ...config, schema: schema ?? 'dbt_test__audit', alias: given ?? alias },
  })
}
