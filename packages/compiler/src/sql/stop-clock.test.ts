import { expect, it } from 'vitest'
import { stopClock } from './stop-clock.ts'

const at = "'2024-02-29T12:00:00.000Z'::timestamptz"

it.each([
  ['now()', `(${at})`],
  ['pg_catalog.now ( ) - x', `(${at}) - x`],
  ['current_timestamp(3) at time zone z', `(${at}) at time zone z`],
  ['CURRENT_DATE - 1', `(${at}::date) - 1`],
  ['localtimestamp, localtime, current_time', `(${at}::timestamp), (${at}::time), (${at}::timetz)`],
  ['clock_timestamp() > statement_timestamp()', `(${at}) > (${at})`],
])('gives %s the moment', (sql, stopped) => {
  expect(stopClock(`select ${sql} from t`, '2024-02-29T12:00:00.000Z')).toBe(`select ${stopped} from t`)
})

it.each([
  `'now()'`,
  '"now"()',
  'now(1)',
  'my.now()',
  't.current_date',
  'x as current_date',
  '1 -- now()',
  '/* now() */ 1',
])('leaves %s alone', (sql) => {
  expect(stopClock(`select ${sql}`, '2024-02-29T12:00:00.000Z')).toBe(`select ${sql}`)
})
