import type { Database } from '@strata/core'

/** Waits, but not for ever, until no transaction on the server, of other tests too, is older than this moment: rows are read again, and former rows kept, as long as there is one. */
export async function settled(database: Database, milliseconds = 30_000): Promise<void> {
  const { rows } = await database.query<{ xid: string }>('select pg_current_xact_id()::text as xid')
  for (const end = Date.now() + milliseconds; Date.now() < end; ) {
    const { rows: now } = await database.query<{ over: boolean }>({
      text: 'select pg_snapshot_xmin(pg_current_snapshot()) > $1::xid8 as over',
      values: [rows[0]!.xid],
    })
    if (now[0]!.over) return
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
