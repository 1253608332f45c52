import type { Content, RecordedNode, Recording } from './recording.ts'

export interface Comparison {
  readonly relations: readonly RelationComparison[]
  readonly tests: readonly TestComparison[]
  /** Nodes that only the other tool knows. */
  readonly added: readonly string[]
}

export interface RelationComparison {
  readonly id: string
  readonly verdict: 'equal' | 'different' | 'missing'
  /** Row counts, expected and found; null where there is no relation. */
  readonly rows: readonly [number, number | null]
  /** What differs, in words; names of columns and counts, never values. */
  readonly differences: readonly string[]
  /** Columns with equal values under another type. */
  readonly types: readonly string[]
  /** Why the other tool did not build it, where it said so. */
  readonly message: string | null
}

export interface TestComparison {
  readonly id: string
  readonly verdict: 'same' | 'different' | 'missing'
  readonly expected: string
  readonly found: string | null
  readonly message: string | null
}

/**
 * Compares what two tools made of one project, node by node: relations that the first one built, and tests that it ran.
 * Nodes meet by dbt's unique id, tests also without the digest at its end. Columns that the first tool itself does not
 * repeat are left out.
 */
export function compareRecordings(expected: Recording, actual: Recording): Comparison {
  const found = new Map(actual.nodes.map((node) => [node.id, node]))
  const byName = new Map(actual.nodes.filter(isTest).map((node) => [withoutDigest(node.id), node]))
  const counterpart = (node: RecordedNode) =>
    found.get(node.id) ?? (isTest(node) ? byName.get(withoutDigest(node.id)) : undefined)
  const known = new Set(expected.nodes.flatMap(({ id }) => [id, withoutDigest(id)]))
  return {
    relations: expected.nodes.flatMap((node) =>
      node.content === null ? [] : [compareRelation(node.id, node.content, counterpart(node))],
    ),
    tests: expected.nodes
      .filter((node) => isTest(node) && node.status !== null && node.status !== 'skipped')
      .map((node) => compareTest(node, counterpart(node))),
    added: actual.nodes
      .filter(({ id }) => !known.has(id) && !known.has(withoutDigest(id)))
      .map(({ id }) => id),
  }
}

function compareRelation(id: string, expected: Content, node: RecordedNode | undefined): RelationComparison {
  const actual = node?.content ?? null
  const message = node?.status === 'success' ? null : (node?.message ?? node?.status ?? null)
  if (actual === null) {
    return { id, verdict: 'missing', rows: [expected.rows, null], differences: [], types: [], message }
  }
  const differences = contentDifferences(expected, actual)
  const typeOf = new Map(actual.columns.map(({ name, type }) => [name, type]))
  return {
    id,
    verdict: differences.length === 0 ? 'equal' : 'different',
    rows: [expected.rows, actual.rows],
    differences,
    types: expected.columns.flatMap(({ name, type }) => {
      const other = typeOf.get(name)
      return other === undefined || other === type ? [] : [`${name}: ${type}, found ${other}`]
    }),
    message,
  }
}

function contentDifferences(expected: Content, actual: Content): readonly string[] {
  const differences: string[] = []
  if (expected.rows !== actual.rows) differences.push(`rows: ${expected.rows}, found ${actual.rows}`)
  const wanted = expected.columns.map(({ name }) => name)
  const there = actual.columns.map(({ name }) => name)
  const missing = wanted.filter((name) => !there.includes(name))
  const extra = there.filter((name) => !wanted.includes(name))
  if (missing.length > 0) differences.push(`columns missing: ${missing.join(', ')}`)
  if (extra.length > 0) differences.push(`columns too many: ${extra.join(', ')}`)
  if (expected.columnOrder && missing.length + extra.length === 0 && wanted.join('\n') !== there.join('\n'))
    differences.push('columns in another order')
  const hashOf = new Map(actual.columns.map(({ name, hash }) => [name, hash]))
  const values = expected.columns
    .filter(({ name, stable, hash }) => stable && hashOf.has(name) && hashOf.get(name) !== hash)
    .map(({ name }) => name)
  if (values.length > 0) differences.push(`values differ: ${values.join(', ')}`)
  if (differences.length === 0 && expected.hash !== null && expected.hash !== actual.hash)
    differences.push('the columns agree one by one, their combination in rows does not')
  return differences
}

function compareTest(expected: RecordedNode, actual: RecordedNode | undefined): TestComparison {
  const outcome = outcomeOf(expected)
  const found = actual === undefined || actual.status === null ? null : outcomeOf(actual)
  return {
    id: expected.id,
    verdict: found === null ? 'missing' : found === outcome ? 'same' : 'different',
    expected: outcome,
    found,
    message: actual?.message ?? null,
  }
}

/** A test can pass with rows, where its limits allow some: what they count then differs between the tools. */
function outcomeOf(node: RecordedNode): string {
  const silent = node.status === 'pass' || node.failures === null || node.failures === 0
  return silent ? node.status! : `${node.status} ${node.failures}`
}

function isTest(node: RecordedNode): boolean {
  return node.kind === 'test' || node.kind === 'unit_test'
}

/** `test.shop.unique_orders_id.1f2e3d4c5b` without its last part. */
function withoutDigest(id: string): string {
  return id.replace(/\.[0-9a-f]{10}$/, '')
}
