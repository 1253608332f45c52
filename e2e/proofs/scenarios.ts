import { createHash } from 'node:crypto'
import {
  bronzePatients,
  incrementalPatients,
  type ModelSettings,
  model,
} from '../../packages/cli/test/publish-fixture.ts'
import { snapshot } from '../../packages/cli/test/snapshot-fixture.ts'
import type { Hook, IncrementEdge, SeedStep } from '../../packages/core/src/index.ts'
import type { ProofStep } from './execute-step.ts'

/** One materialization in one situation. All relations are in `silver` and `gold`; `bronze.patients` has three rows. */
export interface Scenario {
  readonly name: string
  /** Statements and steps that make the situation, in order. */
  readonly before: readonly (string | ProofStep)[]
  readonly step: ProofStep
  /** Queries that must give the relation's rows, whenever it is there. */
  readonly readers?: readonly string[]
  /** It is published in several transactions: what a death leaves is a part of the new at least, and nothing that is neither old nor new. */
  readonly inParts?: true
  /** A hook of it commits, and gives the lock back with that. */
  readonly unlocksEarly?: true
  /** What happens to the source after the killed run and the one that follows it. */
  readonly later?: readonly string[]
  /** What the relation must hold in the end, after `later` and one more run, as a query. */
  readonly whole: string
}

/** `id` and `name` are what is compared. */
export const rowsOfRelation = 'select id, name from silver.patients'

const later = [
  `insert into bronze.patients (id, name) values ('8', 'Kim')`,
  `update bronze.patients set name = 'Ann', changed_xid = default where id = '1'`,
]

const patients = 'select id, name from bronze.patients'

const changes = [
  `insert into bronze.patients (id, name) values ('4', 'Di'), ('5', 'Eve')`,
  `update bronze.patients set name = 'Bea', changed_xid = default where id = '2'`,
]

const viewsOnPatients = [
  'create schema gold',
  'create view gold.inner_names with (security_barrier = true) as select id, name from silver.patients',
  'create view gold.outer_names as select i.id, p.name from gold.inner_names i join silver.patients p using (id)',
  'grant select on silver.patients to public',
]

const readers = ['select id, name from gold.inner_names', 'select id, name from gold.outer_names']

const described = { description: 'All patients', columnDescriptions: { id: 'their number' } }

const view = (select: string) => model('patients', select, described)
const table = (settings: ModelSettings = {}) =>
  model('patients', patients, { materialized: 'table', ...described, ...settings })
const merged = (settings: ModelSettings = {}) => incrementalPatients({ ...described, ...settings })
const appended = (settings: ModelSettings = {}) => incrementalPatients({ key: [], ...settings })
const replaced = () => merged({ config: { incremental_strategy: 'delete+insert' } })
const inPlace = () => table({ key: ['id'], config: { publish: 'in_place' } })
const materialized = (select: string) =>
  model('patients', select, { materialized: 'materialized_view', key: ['id'], ...described })
const tracked = { config: { track_changes: true } }

const indexed = () => merged({ config: { indexes: [{ columns: ['name'] }] } })
const historyOf = (settings: Parameters<typeof snapshot>[0] = {}): ProofStep => ({
  ...snapshot({ select: 'select id, name, updated_at from bronze.patients', ...settings }),
  name: 'silver.patients',
  relation: { schema: 'silver', name: 'patients' },
})
/** Of a source that does not record its changes. */
const foundBy = (by: NonNullable<IncrementEdge['by']>) =>
  incrementalPatients({ increments: [{ ...bronzePatients, by }] })
const byColumns = () =>
  foundBy({ kind: 'columns', columns: ['updated_at'], logic: 'or', lookback: null, min: null, max: null })
const byXmin = () => foundBy({ kind: 'xmin' })
const nowInSource = 'updated_at = clock_timestamp()'
const dated = [
  `insert into bronze.patients (id, name) values ('4', 'Di')`,
  `update bronze.patients set name = 'Bea', ${nowInSource} where id = '2'`,
]
const laterDated = [
  `insert into bronze.patients (id, name) values ('8', 'Kim')`,
  `update bronze.patients set name = 'Ann', ${nowInSource} where id = '1'`,
]

/** What the files of seeds hold. */
export const seedFiles = {
  'before.csv': 'id,name\n1,Ada\n2,Bob\n',
  'after.csv': 'id,name\n1,Ada\n2,Bea\n3,Cy\n',
  'wider.csv': 'id,name,city\n1,Ada,Bonn\n2,Bea,\n3,Cy,Ulm\n',
}
const seedRows = `values (1, 'Ada'), (2, 'Bea'), (3, 'Cy')`

function seed(file: keyof typeof seedFiles): SeedStep {
  const checksum = createHash('sha256').update(seedFiles[file]).digest('hex')
  return {
    kind: 'seed',
    id: 'seed.test.patients',
    name: 'silver.patients',
    parents: [],
    intent: 'build',
    reason: '',
    relation: { schema: 'silver', name: 'patients' },
    config: { columnTypes: {}, quoteColumns: null, delimiter: ',' },
    file,
    checksum,
    preHooks: [],
    postHooks: [],
    fingerprint: checksum,
    fullRefresh: false,
    description: 'From a file',
    columnDescriptions: {},
  }
}

/** `bronze.patients` by the day of `updated_at`; its rows are two days, one day and no day old. */
const inBatches = (settings: ModelSettings = {}): ProofStep => {
  const select = 'select id, name, updated_at from '
  const { parent, relation } = bronzePatients
  const step = model('patients', `${select}"bronze"."patients"`, {
    materialized: 'incremental',
    key: ['id'],
    increments: [{ ...bronzePatients, eventTime: 'updated_at' }],
    increment: [select, { windowOf: parent, column: 'updated_at', relation }],
    ...described,
    ...settings,
    config: { incremental_strategy: 'microbatch', ...settings.config },
  })
  const begin = new Date(Date.now() - 2 * 86_400_000).toISOString()
  return { ...step, batches: { eventTime: 'updated_at', begin, size: 'day', lookback: 0 } }
}
const onThreeDays = `update bronze.patients set updated_at = now() - (3 - id::int) * interval '1 day'`
const batchesWritten = [inBatches(), ...viewsOnPatients, ...changes]

const log = ['create schema gold', 'create table gold.log (line text primary key)']
const noted = 'select line from gold.log'
const hook = (line: string, { transaction = true, ending = '' } = {}) => {
  const sql = `insert into gold.log values ('${line}') on conflict do nothing${ending}`
  return { template: sql, sql, transaction }
}
const withHooks = (step: ProofStep, before: readonly Hook[], after: readonly Hook[]): ProofStep => ({
  ...step,
  preHooks: before,
  postHooks: after,
})
const outside = { transaction: false }
const committing = { ending: '; commit' }
const ownView = (): ProofStep => model('names', 'select id, name from silver.patients', { schema: 'gold' })
const otherType = () =>
  model('patients', 'select id, name::varchar(90) as name from bronze.patients', {
    materialized: 'table',
    ...described,
  })

/** A materialization that comes is another line here. */
export const scenarios: readonly Scenario[] = [
  { name: 'a view that is new', before: [], step: view(patients), whole: patients },
  {
    name: 'a view that is replaced',
    before: [view(patients), ...viewsOnPatients],
    step: view(`${patients} where id <> '3'`),
    readers,
    whole: `${patients} where id <> '3'`,
  },
  {
    name: 'a view with other columns',
    before: [view('select id, name, 1 as gone from bronze.patients'), ...viewsOnPatients],
    step: view('select name, id from bronze.patients'),
    readers,
    whole: patients,
  },
  { name: 'a table that is new', before: [], step: table(), whole: patients },
  {
    name: 'a table that is rebuilt under views',
    before: [table(), ...viewsOnPatients, ...changes],
    step: table(),
    readers,
    whole: patients,
  },
  {
    name: 'a table that was a view',
    before: [view(patients), ...viewsOnPatients],
    step: table(),
    readers,
    whole: patients,
  },
  {
    name: 'an incremental model that is new',
    before: [],
    later,
    step: merged(tracked),
    whole: patients,
  },
  {
    name: 'an increment that is merged',
    before: [merged(tracked), ...viewsOnPatients, ...changes],
    later,
    step: merged(tracked),
    readers,
    whole: patients,
  },
  {
    name: 'an incremental model that is rebuilt under views',
    before: [
      merged({ increment: ['select id, name from ', { incrementOf: bronzePatients.parent }, ' where true'] }),
      ...viewsOnPatients,
      ...changes,
    ],
    later,
    step: merged(tracked),
    readers,
    whole: patients,
  },
  {
    name: 'an increment whose former rows are deleted',
    before: [replaced(), ...viewsOnPatients, ...changes],
    later,
    step: replaced(),
    readers,
    whole: patients,
  },
  {
    name: 'an incremental model whose SELECT changed',
    before: [merged(tracked), ...viewsOnPatients, ...changes],
    later,
    step: { ...merged(tracked), fingerprint: 'changed' },
    readers,
    whole: patients,
  },
  {
    name: 'a table that keeps its place',
    before: [inPlace(), ...viewsOnPatients, ...changes],
    step: inPlace(),
    readers,
    whole: patients,
  },
  {
    name: 'a materialized view that is new',
    before: [],
    step: materialized(patients),
    whole: patients,
  },
  {
    name: 'a materialized view that is refreshed',
    before: [materialized(patients), ...viewsOnPatients, ...changes],
    step: materialized(patients),
    readers,
    whole: patients,
  },
  {
    name: 'a materialized view with another SELECT',
    before: [materialized(patients), ...viewsOnPatients],
    step: materialized(`${patients} where id <> '3'`),
    readers,
    whole: `${patients} where id <> '3'`,
  },
  {
    name: 'an appended model that is new',
    before: [],
    later: later.slice(0, 1),
    step: appended(),
    whole: patients,
  },
  {
    name: 'an increment that is appended',
    before: [appended(), changes[0]!],
    later: later.slice(0, 1),
    step: appended(),
    whole: patients,
  },
  {
    name: 'a seed that is new',
    before: [],
    step: seed('after.csv'),
    whole: seedRows,
  },
  {
    name: 'a seed whose file changed, under views',
    before: [seed('before.csv'), ...viewsOnPatients],
    step: seed('after.csv'),
    readers,
    whole: seedRows,
  },
  {
    name: 'a seed whose file has another column, with hooks',
    before: [seed('before.csv'), ...log],
    step: withHooks(seed('wider.csv'), [hook('before')], [hook('after')]),
    readers: [noted],
    whole: seedRows,
  },
  {
    name: 'a model in batches that is new',
    before: [onThreeDays],
    later,
    step: inBatches(),
    inParts: true,
    whole: patients,
  },
  {
    name: 'a model in batches of which some changed',
    before: [onThreeDays, ...batchesWritten],
    later,
    step: inBatches(),
    readers,
    inParts: true,
    whole: patients,
  },
  {
    name: 'a model in batches that is built anew at once',
    before: [onThreeDays, ...batchesWritten],
    later,
    step: inBatches({ fullRefresh: true }),
    readers,
    whole: patients,
  },
  {
    name: 'a table with hooks inside of its transaction',
    before: [table(), ...log, ...changes],
    step: withHooks(table(), [hook('before')], [hook('after')]),
    readers: [noted],
    whole: patients,
  },
  {
    name: 'an increment with hooks outside of its transaction',
    before: [merged(tracked), ...log, ...changes],
    later,
    step: withHooks(merged(tracked), [hook('before', outside)], [hook('after', outside)]),
    readers: [noted],
    inParts: true,
    whole: patients,
  },
  {
    name: 'an increment with hooks that commit',
    before: [merged(tracked), ...log, ...changes],
    later,
    step: withHooks(
      merged(tracked),
      [hook('before', committing), hook('then')],
      [hook('after', committing), hook('at last')],
    ),
    readers: [noted],
    inParts: true,
    unlocksEarly: true,
    whole: patients,
  },
  {
    name: 'a table under a view of ours that cannot follow it',
    before: [table(), ownView(), ...changes],
    step: otherType(),
    readers: ['select id, name from gold.names'],
    whole: 'select id, name::varchar(90) as name from bronze.patients',
  },
  {
    name: 'a table without a key that keeps its place',
    before: [table({ config: { publish: 'in_place' } }), ...viewsOnPatients, ...changes],
    step: table({ config: { publish: 'in_place' } }),
    readers,
    whole: patients,
  },
  {
    name: 'an increment behind which an index is made',
    before: [merged(), ...changes],
    later,
    step: { ...indexed(), fingerprint: merged().fingerprint },
    inParts: true,
    whole: patients,
  },
  {
    name: 'an increment that is found by a change column',
    before: [byColumns(), ...viewsOnPatients, ...dated],
    later: laterDated,
    step: byColumns(),
    readers,
    whole: patients,
  },
  {
    name: 'an increment that is found by xmin',
    before: [byXmin(), ...viewsOnPatients, ...dated],
    later: laterDated,
    step: byXmin(),
    readers,
    whole: patients,
  },
  { name: 'a snapshot that is new', before: [], step: historyOf(), whole: patients },
  {
    name: 'a snapshot of which records changed and one is gone',
    before: [
      historyOf({ hardDeletes: 'invalidate' }),
      ...viewsOnPatients,
      ...dated,
      `delete from bronze.patients where id = '3'`,
    ],
    step: historyOf({ hardDeletes: 'invalidate' }),
    readers,
    whole: `${patients} union all values ('2', 'Bob'), ('3', 'Cy')`,
  },
]
