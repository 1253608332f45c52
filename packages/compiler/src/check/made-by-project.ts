import type { Graph, Hook } from '@strata/core'
import type { TargetObject } from './target-catalog.ts'

/** What the SQL of a project makes besides its nodes: that of hooks, and of macros, which an operation may run. */
export interface MadeByProject {
  /** By what something of that name is made, in a few words: `a hook`; null: by nothing that can be read. */
  by(kind: TargetObject, name: string): string | null
  /** Extensions that are made, by name. */
  readonly extensions: readonly string[]
  /** Of all that makes something; empty: nothing does. */
  readonly key: string
}

interface Maker {
  readonly what: string
  readonly text: string
}

export function madeByProject(graph: Graph): MadeByProject {
  const makers = makersOf(graph)
  return {
    by(kind, name) {
      const [bare, schema] = name.replaceAll('"', '').split('.').reverse()
      const made = patternOf(kind, bare!)
      const inSchema = kind === 'schema' ? patternOf('any', bare!) : null
      const maker = makers.find(
        ({ text }) =>
          (made.test(text) || inSchema?.test(text) === true) &&
          (schema === undefined ||
            schema === '' ||
            text.toLowerCase().includes(schema.toLowerCase()) ||
            text.includes('{')),
      )
      return maker?.what ?? null
    },
    extensions: [
      ...new Set(
        makers.flatMap(({ text }) => [...text.matchAll(extension)].map(([, name]) => name!.toLowerCase())),
      ),
    ],
    key: makers.map(({ text }) => text).join('\n'),
  }
}

const making =
  /\bcreate\b[^;]{0,80}?\b(?:extension|function|procedure|aggregate|operator|type|domain|schema|table|view|sequence|cast)\b/i
const extension = /\bcreate\s+extension\s+(?:if\s+not\s+exists\s+)?"?([\w-]+)"?/gi

function makersOf(graph: Graph): readonly Maker[] {
  const sqlOf = (what: string, hooks: readonly Hook[]): Maker[] =>
    hooks.map(({ sql, template }) => ({ what, text: sql ?? template }))
  return [
    ...sqlOf('a hook of the run', [...graph.onRunStart, ...graph.onRunEnd]),
    ...graph.nodes.flatMap((node) =>
      'preHooks' in node ? sqlOf(`a hook of ${node.name}`, [...node.preHooks, ...node.postHooks]) : [],
    ),
    ...graph.macros.map(({ name, text }) => ({ what: `the macro ${name}`, text })),
  ].filter(({ text }) => making.test(text))
}

const words: { readonly [kind in TargetObject | 'any']: string } = {
  function: 'function|procedure|aggregate',
  type: 'type|domain|table|view',
  relation: 'table|view|sequence',
  schema: 'schema',
  any: 'function|procedure|aggregate|type|domain|table|view|schema',
}

/** Between the word and the name may be a schema, and templates. */
function patternOf(kind: TargetObject | 'any', name: string): RegExp {
  const escaped = name.replace(/[^\w]/g, '\\$&')
  return new RegExp(
    `\\bcreate\\b[^;]{0,80}?\\b(?:${words[kind]})\\b(?:\\{\\{[^}]*\\}\\}|[^;({]){0,120}?(?<![\\w$])${escaped}(?![\\w$])`,
    'i',
  )
}
