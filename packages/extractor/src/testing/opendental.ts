import type { MariadbDatabase } from './mariadb.ts'
import { type OpenDentalTable, openDentalTables, pick } from './opendental-schema.ts'

export { type OpenDentalTable, openDentalTables } from './opendental-schema.ts'

export interface OpenDentalOptions {
  readonly seed?: number
  readonly patients?: number
  /** Names of the tables that are made; all where it is not given. */
  readonly tables?: readonly string[]
}

/** Makes a practice: the same rows for the same seed. A patient comes with some 50 further rows. */
export async function createOpenDental(
  database: MariadbDatabase,
  { seed = 1, patients = 100, tables }: OpenDentalOptions = {},
): Promise<void> {
  await database.query(`set @seed = ${seed}, @patients = ${patients}`)
  for (const table of openDentalTables) {
    if (tables !== undefined && !tables.includes(table.name)) continue
    await database.query(`drop table if exists ${table.name}; ${definition(table)}`)
    await fill(database, table, 1, table.rows ?? table.perPatient * patients)
  }
}

/**
 * Some statements of a day in the practice: rows that are added, changed and deleted, with and without a word of it in the change columns.
 * They are random, but the same for the same seed and rows. Values that are there are kept.
 */
export function practiceDay(seed: number): readonly string[] {
  const some = (share: number, key: string) => `crc32(concat_ws(':', ${seed}, ${key})) % ${share} = 0`
  return [
    `update patient set EstBalance = EstBalance + 1 where ${some(9, 'PatNum')}`,
    `update appointment set AptStatus = (AptStatus + 1) % 8 where ${some(7, 'AptNum')}`,
    // As an import does it: the time of the change stays.
    `update claim set ClaimStatus = 'R', SecDateTEdit = SecDateTEdit where ${some(23, 'ClaimNum')}`,
    `update commlog set Note = concat(left(Note, 20), ' ${seed}') where ${some(5, 'CommlogNum')}`,
    `update paysplit set SplitAmt = SplitAmt + 0.01 where ${some(6, 'SplitNum')}`,
    `update definition set ItemValue = '${seed}' where ${some(11, 'DefNum')}`,
    `delete from payment where ${some(13, 'PayNum')}`,
    `delete from patplan where ${some(17, 'PatNum')} and Ordinal = 2`,
    `insert ignore into patplan (PatNum, Ordinal, InsSubNum) select PatNum, 3 + ${seed} % 200, 1 from patient where ${some(19, 'PatNum')}`,
    `insert into payment (PayDate, PayAmt, PatNum, DateEntry) select current_date, PatNum / 100, PatNum, current_date from patient where ${some(8, 'PatNum')}`,
    `insert into securitylog (LogDateTime, PatNum, LogText) select now(), PatNum, 'day ${seed}' from patient where ${some(4, 'PatNum')}`,
  ]
}

/** The columns of `adjustment`, the most reliable first. */
export const adjustmentColumns = ['SecDateTEdit', 'AdjDate', 'ProcDate', 'DateEntry'] as const

/** The bounds of what they may be. */
export const adjustmentBounds = { min: '2000-01-01', max: '2030-12-31' } as const

/** What a full load of `createAdjustments` finds as the greatest believable values. */
export const adjustmentWatermarks: { readonly [column in (typeof adjustmentColumns)[number]]: string } = {
  SecDateTEdit: '2025-06-01 00:00:00.000000',
  AdjDate: '2025-06-01',
  ProcDate: '2025-06-01',
  DateEntry: '2025-06-01',
}

/** Rows at or beyond these watermarks in all four columns, and in any of them, once `changeAdjustments` was at work. */
export const adjustmentCounts = { and: 3713, or: 5651, all: 23_000 } as const

const older = 20_000
/** The one row at the watermarks. */
const atWatermarks = 5000
const inserted = 3000
const updated = adjustmentCounts.and - inserted - 1
const inPart = adjustmentCounts.or - adjustmentCounts.and

/** Rows of `adjustment` a month or more older than the watermarks, one that has them, and dates beyond all bounds. */
export async function createAdjustments(database: MariadbDatabase): Promise<void> {
  const table = openDentalTables.find(({ name }) => name === 'adjustment')!
  const date = (salt: string) => `date('2001-03-05' + interval ${pick(8800, salt)} day)`
  await inUtc(database, [
    'set @seed = 1, @patients = 1000',
    'drop table if exists adjustment',
    definition(table),
    insertion(table, 1, older),
    `update adjustment join seq_1_to_${older} on seq = AdjNum set
       SecDateTEdit = '2020-04-24' + interval ${pick(158_000_000, 'edit')} second,
       AdjDate = elt(1 + ${pick(40, 'bad')}, '1902-07-31', '2099-12-31', '0000-00-00', '0001-01-01'),
       ProcDate = ${date('proc')}, DateEntry = if(${pick(50, 'entry bad')} = 0, '1980-01-01', ${date('entry')})`,
    `update adjustment join seq_1_to_${older} on seq = AdjNum set AdjDate = ${date('adj')}, SecDateTEdit = SecDateTEdit where AdjDate is null or AdjDate = 0`,
    `update adjustment set SecDateTEdit = '2025-06-01', AdjDate = '2025-06-01', ProcDate = '2025-06-01', DateEntry = '2025-06-01' where AdjNum = ${atWatermarks}`,
  ])
}

/** New and changed rows, of which many say so in some of their columns only. */
export async function changeAdjustments(database: MariadbDatabase): Promise<void> {
  const edit = `timestampadd(second, AdjNum * 190, '2025-06-01 01:00:00')`
  const newer = `date('2025-06-02' + interval AdjNum % 46 day)`
  const inMask = (bit: number, value: string, column: string) =>
    `${column} = if((1 + AdjNum % 14) & ${bit}, ${value}, ${column})`
  const table = openDentalTables.find(({ name }) => name === 'adjustment')!
  const all = `SecDateTEdit = ${edit}, AdjDate = ${newer}, ProcDate = ${newer}, DateEntry = ${newer}`
  await inUtc(database, [
    'set @seed = 2, @patients = 1000',
    insertion(table, older + 1, older + inserted),
    `update adjustment set ${all} where AdjNum <= ${updated} or AdjNum > ${older}`,
    `update adjustment set ${inMask(1, edit, 'SecDateTEdit')}, ${inMask(2, newer, 'AdjDate')}, ${inMask(4, newer, 'ProcDate')}, ${inMask(8, newer, 'DateEntry')}
     where AdjNum > 1000 and AdjNum <= ${1000 + inPart}`,
  ])
}

async function inUtc(database: MariadbDatabase, statements: readonly string[]): Promise<void> {
  await database.query(`set time_zone = '+00:00'`)
  try {
    for (const statement of statements) await database.query(statement)
  } finally {
    await database.query('set time_zone = default')
  }
}

function definition({ name, key, columns, indexes = [] }: OpenDentalTable): string {
  const parts = [
    ...columns.map(([column, type]) => `${column} ${type}`),
    `primary key (${key.join(', ')})`,
    ...indexes,
  ]
  return `create table ${name} (${parts.join(', ')}) engine = innodb charset utf8mb4`
}

async function fill(
  database: MariadbDatabase,
  table: OpenDentalTable,
  from: number,
  to: number,
): Promise<void> {
  if (to >= from) await database.query(insertion(table, from, to))
}

function insertion({ name, columns }: OpenDentalTable, from: number, to: number): string {
  return `insert into ${name} (${columns.map(([column]) => column).join(', ')})
    select ${columns.map(([, , value]) => value).join(', ')} from seq_${from}_to_${to}`
}
