import type { SelectStmt } from '@pgsql/types'
import { as } from './ast.ts'
import type { Resolution } from './resolution.ts'
import type { Scope } from './scope.ts'

/** FOR UPDATE OF names what is in FROM. */
export function checkLocking(
  { problems }: Resolution,
  { items }: Scope,
  { lockingClause = [] }: SelectStmt,
): void {
  for (const node of lockingClause) {
    for (const locked of as(node, 'LockingClause')?.lockedRels ?? []) {
      const { relname = '', location } = as(locked, 'RangeVar') ?? {}
      if (items.some((item) => item.byName && item.name === relname)) continue
      const candidates = items.flatMap((item) => (item.byName && item.name !== '' ? [item.name] : []))
      problems.report('unknown_alias', { location }, relname, `there is no "${relname}" in FROM`, candidates)
    }
  }
}
