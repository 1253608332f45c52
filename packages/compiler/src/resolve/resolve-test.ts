import { builtinPackage, type Macros } from './macros.ts'

/** dbt looks a generic test up by its bare name first, whatever package is written before it. */
export interface ResolvedTest {
  /** `macro.<package>.test_<name>` */
  readonly id: string
  /** It is the one that the name says: only then dbt sees what it configures. */
  readonly isNamed: boolean
  /** The id of `get_where_subquery()` */
  readonly subquery: string
}

export function resolveTest(
  packageName: string,
  name: string,
  rootName: string,
  macros: Macros,
): ResolvedTest {
  const [test, namespace] = name.split('.').reverse()
  const ownerOf = (macro: string) => [packageName, rootName].find((place) => macros.has(place, macro))
  const owner = ownerOf(`test_${test}`)
  return {
    id: `macro.${owner ?? namespace ?? builtinPackage}.test_${test}`,
    isNamed: namespace === undefined || owner === undefined || owner === namespace,
    subquery: `macro.${ownerOf('get_where_subquery') ?? builtinPackage}.get_where_subquery`,
  }
}
