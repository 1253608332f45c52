import { expect, it } from 'vitest'
import { describeMariadb } from './mariadb.ts'

describeMariadb('a MariaDB for tests', (database) => {
  it('has an empty database, into which impossible dates can be written', async () => {
    const rows = await database().query(
      `create table visit (n bigint unsigned, day date);
       insert into visit values (18446744073709551615, '2024-02-30'), (1, '0000-00-00');
       select n, day, @@system_time_zone is not null as zone, database() as name from visit order by n desc`,
    )
    expect(rows).toEqual([
      { n: '18446744073709551615', day: '2024-02-30', zone: 1, name: database().name },
      { n: 1, day: '0000-00-00', zone: 1, name: database().name },
    ])
  })
})
