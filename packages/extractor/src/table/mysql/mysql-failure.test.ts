import { expect, it } from 'vitest'
import { northInstance, postgresConnector } from '../../testing/table-jobs.ts'
import { mysqlFailure } from './mysql-failure.ts'

const place = { connector: postgresConnector({ kind: 'mysql' }), instance: northInstance }

it('a table that may not be read has the code that it has in Postgres', () => {
  const refused = Object.assign(new Error('SELECT command denied'), {
    errno: 1142,
    code: 'ER_TABLEACCESS_DENIED_ERROR',
  })
  expect(mysqlFailure(place, refused)).toMatchObject({
    code: 'SOURCE_TABLE_DENIED',
    message:
      'clinic instance north does not let our user read this table or one of its columns (ER_TABLEACCESS_DENIED_ERROR 1142)',
  })
})
