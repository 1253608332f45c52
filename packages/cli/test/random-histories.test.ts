import type { Fragment, IncrementEdge, ModelStep } from '@strata/core'
import { describeServers } from '@strata/postgres/testing'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { bronzePatients, model, openPublishFixture, type PublishFixture } from './publish-fixture.ts'

const rounds = process.env['STRATA_SOAK'] === '1' ? 300 : 8
const histories = process.env['STRATA_SOAK'] === '1' ? 20 : 2

const bronzeVisits: IncrementEdge = {
  parent: 'source.test.bronze.visits',
  relation: { schema: 'bronze', name: 'visits' },
}

/** A model that is written once: `@` stands for the place of an increment or of changed keys, in the order of `marks`. */
function incremental(
  name: string,
  template: string,
  key: readonly string[],
  marks: readonly Mark[],
  options: { readonly tracked?: boolean } = {},
): ModelStep {
  const pieces = template.split('@')
  const full = pieces.map((piece, index) => piece + (marks[index]?.full ?? '')).join('')
  const increment = pieces.flatMap((piece, index): Fragment[] =>
    marks[index] === undefined ? [piece] : [piece, marks[index].fragment],
  )
  const edges = new Map<string, IncrementEdge>()
  for (const { edge } of marks) {
    const known = edges.get(edge.parent)
    edges.set(edge.parent, { ...edge, keys: [...(known?.keys ?? []), ...(edge.keys ?? [])] })
  }
  return model(name, full, {
    materialized: 'incremental',
    key,
    increment,
    increments: [...edges.values()],
    config: options.tracked === true ? { track_changes: true } : {},
  })
}

interface Mark {
  readonly edge: IncrementEdge
  readonly full: string
  readonly fragment: Fragment
}

function rowsOf(edge: IncrementEdge): Mark {
  const { schema, name } = edge.relation
  return { edge, full: `"${schema}"."${name}"`, fragment: { incrementOf: edge.parent } }
}

function keysOf(edge: IncrementEdge, column: string, into = column): Mark {
  const { schema, name } = edge.relation
  return {
    edge: { ...edge, keys: [{ column, into }] },
    full: `select distinct "${column}" from "${schema}"."${name}"`,
    fragment: { keysOf: edge.parent, column },
  }
}

const edgeOf = (step: ModelStep): IncrementEdge => ({ parent: step.id, relation: step.relation })

const people = incremental(
  'people',
  `select p.id, p.name, upper(p.name) as shout from @ as p where p.name <> 'gone'`,
  ['id'],
  [rowsOf(bronzePatients)],
  { tracked: true },
)
const visits = incremental(
  'visits',
  'select v.patient_id, v.number, v.weight from @ as v where v.weight is distinct from 0',
  ['patient_id', 'number'],
  [rowsOf(bronzeVisits)],
  { tracked: true },
)
const events = incremental(
  'events',
  `select 'person' as kind, p.id as a, null::int as b from @ as p union all select 'visit', v.patient_id, v.number from @ as v`,
  ['kind', 'a', 'b'],
  [rowsOf(edgeOf(people)), rowsOf(edgeOf(visits))],
)
const names = incremental(
  'names',
  'select name, count(*) as people from "silver"."people" where name in (@) group by name',
  ['name'],
  [keysOf(edgeOf(people), 'name')],
  { tracked: true },
)
const burden = incremental(
  'burden',
  `select p.id, p.name, count(v.number) as visits, sum(v.weight) as weight
from "silver"."people" p left join "silver"."visits" v on v.patient_id = p.id
where p.id in (@) or p.id in (@) group by p.id, p.name`,
  ['id'],
  [keysOf(edgeOf(people), 'id'), keysOf(edgeOf(visits), 'patient_id', 'id')],
)
const lines = incremental(
  'lines',
  `select v.patient_id, 'visit ' || v.number as line from "silver"."visits" v where v.patient_id in (@)`,
  [],
  [keysOf(edgeOf(visits), 'patient_id')],
)
const sizes = incremental(
  'sizes',
  'select people, count(*) as names from "silver"."names" where people in (@) group by people',
  ['people'],
  [keysOf(edgeOf(names), 'people')],
)
const graph = [people, visits, events, names, burden, lines, sizes]

describeServers('after any history of changes (R17)', (server) => {
  let fixture: PublishFixture
  beforeEach(async () => {
    fixture = await openPublishFixture(server)
    await fixture.execute(
      `create table bronze.visits (id int, patient_id text, number int, weight int, changed_xid xid8 not null default pg_current_xact_id())`,
    )
  })
  afterEach(() => fixture.drop())

  for (let history = 1; history <= histories; history++) {
    it(`an incremental model equals its own full refresh, history ${history}`, async () => {
      const random = generator(history)
      const pick = (below: number) => Math.floor(random() * below)
      const name = () => ['Ada', 'Bob', 'Cy', 'Di', 'gone'][pick(5)]!
      const change = (): string => {
        const id = pick(12)
        switch (pick(8)) {
          case 0:
          case 1:
            return `insert into bronze.patients (id, name) select '${id}', '${name()}' where not exists (select from bronze.patients where id = '${id}')`
          case 2:
            return `update bronze.patients set name = '${name()}', changed_xid = default where id = '${id}'`
          case 3:
            return `delete from bronze.patients where id = '${id}'`
          case 4:
            return `insert into bronze.visits (id, patient_id, number, weight) select ${id}, '${pick(12)}', ${id}, ${pick(3)} where not exists (select from bronze.visits where id = ${id})`
          case 5:
            // A visit that belongs to another patient from now on.
            return `update bronze.visits set patient_id = '${pick(12)}', changed_xid = default where id = ${id}`
          case 6:
            return `update bronze.visits set weight = ${pick(3)}, changed_xid = default where id = ${id}`
          default:
            return `delete from bronze.visits where id = ${id}`
        }
      }
      for (const step of graph) await fixture.publish(step)
      for (let round = 0; round < rounds; round++) {
        for (let transactions = pick(4); transactions > 0; transactions--) {
          await fixture.database.transaction(async (transaction) => {
            for (let changes = 1 + pick(6); changes > 0; changes--) await transaction.query(change())
          })
        }
        // Some of the graph is left for a later round.
        for (const step of graph.filter(() => round === rounds - 1 || random() < 0.8)) {
          const result = await fixture.publish(step)
          expect(result, step.name).toMatchObject({ status: 'success', failure: null })
          expect(result.action, step.name).toBe('increment')
        }
        if (round % 4 === 3 || round === rounds - 1) await compareAll(round)
      }
    }, 600_000)
  }

  async function compareAll(round: number): Promise<void> {
    for (const step of graph) await fixture.publish(step)
    for (const step of graph) {
      const [difference] = await fixture.rows(
        `with has as (select (row_to_json(h)::jsonb - 'changed_xid')::text as line from "silver"."${step.relation.name}" h),
  whole as (select row_to_json(w)::jsonb::text as line from (${step.select.full}) w)
select (select json_agg(line) from (select line from has except all select line from whole) x) as only_there,
  (select json_agg(line) from (select line from whole except all select line from has) x) as missing`,
      )
      expect({ round, model: step.name, ...difference }).toEqual({
        round,
        model: step.name,
        only_there: null,
        missing: null,
      })
    }
  }
})

/** Mulberry32: the same history on every machine. */
function generator(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}
