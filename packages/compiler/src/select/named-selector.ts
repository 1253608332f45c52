import { ConfigurationError, displayLocation, type Json, type Location } from '@strata/core'
import { didYouMean } from '../project/near-misses.ts'

/**
 * What `selectors.yml` says: words as on the command line, `{tag: nightly}`, `{method, value, parents, parents_depth, children,
 * children_depth, childrens_parents, indirect_selection, exclude}`, `{union: […]}` or `{intersection: […]}`; a list may hold one
 * `{exclude: […]}`.
 */
export type SelectorDefinition = Json

/** An entry of `selectors.yml`. */
export interface NamedSelector {
  readonly name: string
  readonly description?: string | undefined
  /** Taken where the command line selects and excludes nothing. */
  readonly default?: boolean | undefined
  readonly definition: SelectorDefinition
  readonly location?: Location | undefined
}

/** The selector of that name. Throws `ConfigurationError` with near misses. */
export function selectorNamed(selectors: readonly NamedSelector[], name: string): NamedSelector {
  const found = selectors.find((selector) => selector.name === name)
  if (found === undefined) throw unknownSelector(selectors, name)
  return found
}

export function unknownSelector(selectors: readonly NamedSelector[], name: string): ConfigurationError {
  const names = selectors.map((selector) => selector.name)
  return new ConfigurationError({
    code: 'UNKNOWN_SELECTOR',
    message: `there is no selector named "${name}"`,
    hint:
      didYouMean(name, names) ??
      (names.length === 0
        ? 'Named selectors are defined in selectors.yml; the project has none.'
        : `selectors.yml defines ${names.join(', ')}.`),
  })
}

/** The selector marked `default: true`, if any. Throws `ConfigurationError` for two of them. */
export function defaultSelector(selectors: readonly NamedSelector[]): NamedSelector | null {
  const [first, second] = selectors.filter((selector) => selector.default === true)
  if (first !== undefined && second !== undefined) {
    throw new ConfigurationError({
      code: 'BAD_SELECTOR_DEFINITION',
      message: `the selectors ${first.name} and ${second.name} are both the default${placeOf(second)}`,
      hint: 'Leave default: true with one of them.',
    })
  }
  return first ?? null
}

/** ` (selectors.yml:3:5)`, or nothing where the place is not known. */
export function placeOf(selector: NamedSelector): string {
  return selector.location === undefined ? '' : ` (${displayLocation(selector.location)})`
}
