import { aggregates } from './aggregates.ts'
import { cases } from './cases.ts'
import { corners } from './corners.ts'
import { ctes } from './ctes.ts'
import { expressions } from './expressions.ts'
import { joins } from './joins.ts'
import { json } from './json.ts'
import { laterals } from './laterals.ts'
import { realWorldPeople } from './real-world-people.ts'
import { realWorldRecords } from './real-world-records.ts'
import { realWorldSales } from './real-world-sales.ts'
import { recursive } from './recursive.ts'
import { setOperations } from './set-operations.ts'
import { stars } from './stars.ts'
import { subqueries } from './subqueries.ts'
import type { Truth } from './truth.ts'
import { valuesLists } from './values-lists.ts'
import { windows } from './windows.ts'

/** By topic. Written by hand before there was anything to compare them with. */
export const truths: Readonly<Record<string, readonly Truth[]>> = {
  expressions,
  cases,
  joins,
  ctes,
  'set operations': setOperations,
  aggregates,
  windows,
  stars,
  laterals,
  json,
  subqueries,
  recursive,
  values: valuesLists,
  corners,
  'models about people': realWorldPeople,
  'models about sales': realWorldSales,
  'models out of records': realWorldRecords,
}
