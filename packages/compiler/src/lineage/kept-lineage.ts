import { hash } from 'node:crypto'
import type { NodeId } from '@strata/core'
import type { ColumnLineage, NodeLineage, NodeUse } from './graph-lineage.ts'
import type { ShapeColumn } from './query-lineage.ts'

/** A relation that was looked up, as it is written; and a digest of what was found. */
export type Sighting = readonly [schema: string | null, name: string, found: string]

/** The lineage of a node, and all that it was made of. */
interface KeptNode {
  /** Digest of the node's own SQL. */
  readonly own: string
  readonly seen: () => readonly Sighting[]
  readonly lineage: () => NodeLineage
  /** As it stands in the file. */
  readonly line: string
}

export type KeptLineage = ReadonlyMap<NodeId, KeptNode>

/** Raised where another lineage would come of the same SQL. */
const format = 'lineage 2'

/** The last line: a text that is cut has none. */
const end = 'end'

/** Never throws: a text that cannot be read says nothing. */
export function readKeptLineage(text: string | null): KeptLineage {
  const [head, ...lines] = text?.split('\n') ?? []
  if (head !== format || lines.pop() !== end) return new Map()
  try {
    return new Map(lines.map(readLine))
  } catch {
    return new Map()
  }
}

export function keptLineageText(lines: readonly string[]): string {
  return [format, ...lines, end].join('\n')
}

function readLine(line: string): [NodeId, KeptNode] {
  const [id, own, seen, lineage] = line.split('\t')
  if (id === undefined || own === undefined || seen === undefined || lineage === undefined)
    throw new Error('the line is cut')
  return [
    id as NodeId,
    {
      own,
      seen: () => JSON.parse(seen) as readonly Sighting[],
      lineage: () => fromText(id as NodeId, lineage),
      line,
    },
  ]
}

/** No tab and no line break is in any of the parts: JSON writes them otherwise. */
export function keptLine(own: string, seen: readonly Sighting[], lineage: NodeLineage): string {
  return [lineage.id, own, JSON.stringify(seen), toText(lineage)].join('\t')
}

type Use = readonly [relation: number, column: string, asIs: 0 | 1, ...path: string[]]

interface Text {
  readonly relations: readonly (readonly [schema: string, name: string, node: NodeId | null])[]
  readonly columns:
    | readonly (readonly [name: string, offset: number | null, ...uses: (readonly Use[])[]])[]
    | null
  readonly rows: readonly (readonly Use[])[]
  readonly reads: readonly NodeId[]
  readonly unknown: NodeLineage['unknown']
}

function toText({ columns, rows, reads, unknown }: NodeLineage): string {
  const relations: [string, string, NodeId | null][] = []
  const places = new Map<string, number>()
  const placeOf = ({ relation: { schema, name }, node }: Pick<NodeUse, 'relation' | 'node'>): number => {
    const key = `${schema}\0${name}`
    let place = places.get(key)
    if (place === undefined) {
      place = relations.push([schema, name, node]) - 1
      places.set(key, place)
    }
    return place
  }
  const put = (uses: readonly NodeUse[]) =>
    uses.map((use): Use => [placeOf(use), use.column, use.asIs ? 1 : 0, ...use.path])
  const text: Text = {
    columns:
      columns?.map(
        (one) => [one.name, one.offset, put(one.direct), put(one.condition), put(one.window)] as const,
      ) ?? null,
    rows: [put(rows.filter), put(rows.join), put(rows.group), put(rows.order)],
    relations,
    reads,
    unknown,
  }
  return JSON.stringify(text)
}

function fromText(id: NodeId, text: string): NodeLineage {
  const { relations: known, columns, rows, reads, unknown } = JSON.parse(text) as Text
  const relations = known.map(([schema, name]) => ({ schema, name }))
  const take = (uses: readonly Use[] = []) =>
    uses.map(
      ([place, column, asIs, ...path]): NodeUse => ({
        relation: relations[place]!,
        column,
        path,
        asIs: asIs === 1,
        node: known[place]![2],
      }),
    )
  const [filter, join, group, order] = rows
  return {
    id,
    columns:
      columns?.map(
        ([name, offset, direct, condition, window]): ColumnLineage => ({
          name,
          offset,
          direct: take(direct),
          condition: take(condition),
          window: take(window),
        }),
      ) ?? null,
    rows: { filter: take(filter), join: take(join), group: take(group), order: take(order) },
    reads,
    unknown,
  }
}

export function lineageDigest(parts: readonly (string | null)[]): string {
  return hash('md5', JSON.stringify(parts), 'base64url')
}

const digests = new WeakMap<readonly ShapeColumn[], string>()

/** Of the columns of a relation; each list is read once. */
export function shapeDigest(columns: readonly ShapeColumn[] | null): string {
  if (columns === null) return ''
  let digest = digests.get(columns)
  if (digest === undefined) {
    digest = lineageDigest(columns.flatMap(({ name, type }) => [name, type]))
    digests.set(columns, digest)
  }
  return digest
}
