import type { Target } from '@strata/core'

/**
 * Under what the state of a target is kept. The prefix is part of it: two runs of CI share the name `ci` and a
 * database, and must share nothing else.
 */
export function stateKey(target: Pick<Target, 'name' | 'prefix'>): string {
  return target.prefix === '' ? target.name : `${target.name}/${target.prefix}`
}
