import type { ColumnRef, Node } from '@pgsql/types'

type KeyOfEach<N> = N extends unknown ? keyof N : never
type HeldBy<N, K extends PropertyKey> = N extends Record<K, infer Held> ? Held : never
export type NodeKind = KeyOfEach<Node>
/** What a node of a kind holds. */
export type NodeOf<K extends NodeKind> = { [Kind in NodeKind]: HeldBy<Node, Kind> }[K]

/** What a node is; undefined where the tree has an empty one. */
export function kindOf(node: Node): NodeKind | undefined {
  for (const kind in node) return kind as NodeKind
  return undefined
}

/** What the node holds if it is of that kind. */
export function as<K extends NodeKind>(node: Node | undefined, kind: K): NodeOf<K> | null {
  return node !== undefined && kind in node
    ? ((node as unknown as Record<string, unknown>)[kind] as NodeOf<K>)
    : null
}

/** The text of names: those nodes that are strings. */
export function namesIn(nodes: readonly Node[] | undefined): string[] {
  const names: string[] = []
  for (const node of nodes ?? []) {
    const text = as(node, 'String')
    if (text !== null) names.push(text.sval ?? '')
  }
  return names
}

/** The names of a column as it is written, a star in the end as `*`. */
export function columnNames({ fields }: ColumnRef): string[] {
  return hasStar(fields) ? [...namesIn(fields), '*'] : namesIn(fields)
}

/** Whether what is written in dots ends in a star. */
export function hasStar(fields: readonly Node[] | undefined): boolean {
  return fields?.some((field) => 'A_Star' in field) === true
}

/** A constant of text or a whole number, also with a cast around it; null: something else. */
export function constantOf(node: Node | undefined): string | number | null {
  let inner = node
  for (let cast = as(inner, 'TypeCast'); cast !== null; cast = as(inner, 'TypeCast')) inner = cast.arg
  const constant = as(inner, 'A_Const')
  if (constant === null) return null
  if (constant.sval !== undefined) return constant.sval.sval ?? ''
  return constant.ival === undefined ? null : (constant.ival.ival ?? 0)
}

/** The items of a list node, or of none. */
export function itemsOf(node: Node | undefined): readonly Node[] {
  return as(node, 'List')?.items ?? []
}

/** Calls for each node that stands directly in what a node holds, also where the tree has something between that is none. */
export function nodesIn(held: object, found: (node: Node) => void): void {
  for (const [key, value] of Object.entries(held)) {
    if (typeof value !== 'object' || value === null || key === 'typeName') continue
    for (const one of Array.isArray(value) ? value : [value]) {
      if (typeof one !== 'object' || one === null) continue
      const kind = kindOf(one)
      if (kind === undefined) continue
      // Kinds of nodes begin with a capital, fields do not.
      if (/^[A-Z]/.test(kind)) found(one)
      else nodesIn(one, found)
    }
  }
}
