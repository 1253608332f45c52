import { hash } from 'node:crypto'
import type { NodeId } from '@strata/core'
import type { TypedColumn } from './checked-graph.ts'

/** What a check leaves to the next one. */
export interface KeptCheck {
  /** Of nodes in which nothing was wrong: what they were, and their columns; null for what has none. */
  readonly nodes: ReadonlyMap<NodeId, KeptNode>
  /** Of sources that are not declared: what the target's database had. */
  readonly looked: ReadonlyMap<NodeId, readonly TypedColumn[]>
  readonly versions: { readonly scratch: string | null; readonly target: string | null }
}

export interface KeptNode {
  /** Of its SQL and of the columns that it reads. */
  readonly key: string
  readonly columns: readonly TypedColumn[] | null
}

/** Raised where another outcome would come of the same input. */
const format = 2

type Pairs = readonly (readonly [name: string, type: string])[]

interface Text {
  readonly format: number
  readonly nodes: { readonly [id: string]: readonly [key: string, columns: Pairs | 0] }
  readonly looked: { readonly [id: string]: Pairs }
  readonly versions: KeptCheck['versions']
}

export const nothingKept: KeptCheck = {
  nodes: new Map(),
  looked: new Map(),
  versions: { scratch: null, target: null },
}

/** Never throws: a text that cannot be read says nothing. */
export function readKept(text: string | null): KeptCheck {
  if (text === null) return nothingKept
  try {
    const read = JSON.parse(text) as Text
    if (read.format !== format) return nothingKept
    return {
      nodes: new Map(
        Object.entries(read.nodes).map(([id, [key, columns]]) => [
          id,
          { key, columns: columns === 0 ? null : columns.map(toColumn) },
        ]),
      ),
      looked: new Map(Object.entries(read.looked).map(([id, columns]) => [id, columns.map(toColumn)])),
      versions: read.versions,
    }
  } catch {
    return nothingKept
  }
}

export function keptText({ nodes, looked, versions }: KeptCheck): string {
  const text: Text = {
    format,
    nodes: Object.fromEntries(
      [...nodes].map(([id, { key, columns }]) => [id, [key, columns === null ? 0 : toPairs(columns)]]),
    ),
    looked: Object.fromEntries([...looked].map(([id, columns]) => [id, toPairs(columns)])),
    versions,
  }
  return JSON.stringify(text)
}

function toColumn([name, type]: readonly [string, string]): TypedColumn {
  return { name, type }
}

function toPairs(columns: readonly TypedColumn[]): Pairs {
  return columns.map(({ name, type }) => [name, type])
}

const digests = new WeakMap<readonly TypedColumn[], string>()

/** Of columns; each list is read once. */
export function columnsDigest(columns: readonly TypedColumn[]): string {
  const known = digests.get(columns)
  if (known !== undefined) return known
  const made = digestOf(toPairs(columns).flat())
  digests.set(columns, made)
  return made
}

export function digestOf(parts: readonly string[]): string {
  let text = ''
  for (const part of parts) text += `${part.length}:${part}`
  return hash('md5', text, 'base64')
}
