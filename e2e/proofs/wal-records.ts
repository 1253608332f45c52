import type { ProofDatabase } from './proof-database.ts'

/** The WAL records about a table and its indexes that come while `work` is under way: resource manager and kind. */
export async function walRecordsOf(
  own: ProofDatabase,
  table: string,
  work: () => Promise<void>,
): Promise<readonly string[]> {
  await own.execute('create extension if not exists pg_walinspect')
  const position = async (kind: 'insert' | 'flush') =>
    (await own.rows(`select pg_current_wal_${kind}_lsn()`))[0]!.slice(1, -1)
  // Other tests fill segments meanwhile, and a checkpoint of anybody removes those that no slot keeps.
  const slot = `strata_proof_${process.pid}_${Date.now()}`
  await own.execute(`select pg_create_physical_replication_slot('${slot}', true)`)
  try {
    return await readRecords(own, table, work, position)
  } finally {
    await own.execute(`select pg_drop_replication_slot('${slot}')`)
  }
}

async function readRecords(
  own: ProofDatabase,
  table: string,
  work: () => Promise<void>,
  position: (kind: 'insert' | 'flush') => Promise<string>,
): Promise<readonly string[]> {
  const from = await position('insert')
  await work()
  // Its commit flushes what came before; what others are writing at this moment cannot be read yet.
  await own.execute(`select pg_logical_emit_message(true, 'strata', '')`)
  const to = await position('flush')
  const records = await own.rows(`select resource_manager || ' ' || record_type
from pg_get_wal_records_info('${from}', '${to}') as w,
  (select pg_relation_filenode(oid) as node from pg_class where oid = '${table}'::regclass
   union all select pg_relation_filenode(indexrelid) from pg_index where indrelid = '${table}'::regclass) as of_table
where w.block_ref ~ ('/' || of_table.node || ' ')
  and record_type not in ('FPI_FOR_HINT', 'PRUNE', 'PRUNE_ON_ACCESS', 'VISIBLE')`)
  return records.map((record) => record.replace(/^\("?|"?\)$/g, ''))
}
