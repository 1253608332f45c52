import type { CompiledSelect, Location, Node, NodeId } from '@strata/core'
import { locateInTemplate } from '../explain/locate-in-template.ts'
import { placeFinder, slicePieces, type TracedPlace } from '../template/index.ts'
import { AskSignal, answering } from './ask.ts'
import { stretchesOf } from './fragments.ts'
import { PostponeSignal } from './graph-value.ts'
import { renderText } from './render-text.ts'
import type { Renderable, RenderServices } from './renderable.ts'

/** Where a part of a node's SQL was written. */
export interface SqlPlace {
  readonly location: Location
  /** The very character stands there; false: an expression there, or a declaration, made the text. */
  readonly exact: boolean
  /** The calls, and references to ephemeral models, that the text came through, innermost first. */
  readonly via: readonly { readonly message: string; readonly location: Location }[]
}

export interface SqlPlaces {
  /**
   * `offset`: in UTF-16 units of `select.full`, or of the fragments of text of `select.increment`, joined. Null where the place
   * is not known: Strata wrote that part, or the template asks the database. The node is rendered again when it is first asked for.
   */
  locate(id: NodeId, form: SelectForm, offset: number): SqlPlace | null
}

export type SelectForm = 'full' | 'increment'

export interface Located {
  readonly node: Node
  readonly renderable: Renderable
}

type Finder = (offset: number) => TracedPlace | null

/** `builtin`: the files of Strata's own macros, where nobody can go. */
export function createSqlPlaces(
  find: (id: NodeId) => Located | null,
  services: RenderServices,
  builtin: ReadonlySet<string>,
): SqlPlaces {
  const known = new Map<string, Finder | null>()
  const finderOf = (located: Located, form: SelectForm): Finder | null => {
    const key = `${form} ${located.node.id}`
    const before = known.get(key)
    if (before !== undefined) return before
    const pieces = trace(located, form, services)
    const finder = pieces === null ? null : placeFinder(pieces)
    known.set(key, finder)
    return finder
  }
  return {
    locate(id, form, offset) {
      const located = find(id)
      if (located === null || !('select' in located.node)) return null
      const finder = finderOf(located, form)
      if (finder === null) return guess(located, form, offset)
      const place = finder(offset)
      return place === null ? null : inProject(place, located, builtin)
    },
  }
}

/** Null where the node's text is not what a template gives that asks nothing. */
function trace({ node, renderable }: Located, form: SelectForm, services: RenderServices) {
  const select = 'select' in node ? node.select : null
  const expected = select === null ? null : textOf(select, form)
  if (expected === null) return null
  const render = () =>
    renderText(renderable, form === 'increment', answering([]), {
      ...services,
      log() {},
      batch: 'later',
      trace: true,
    })
  try {
    // What is looked up here is no part of what a compilation keeps.
    const { text, pieces } = services.renderer.recorder.record(render).value
    if (pieces === null) return null
    const stretches = stretchesOf(text)
    const unmarked = stretches.map(([from, to]) => text.slice(from, to)).join('')
    if (unmarked !== expected) return null
    return stretches.flatMap(([from, to]) => slicePieces(pieces, from, to))
  } catch (signal) {
    if (signal instanceof AskSignal || signal instanceof PostponeSignal) return null
    throw signal
  }
}

/** The text that offsets are of. */
export function textOf(select: CompiledSelect, form: SelectForm): string | null {
  if (form === 'full') return select.full
  return select.increment?.filter((piece) => typeof piece === 'string').join('') ?? null
}

/** Of TypeScript, and of what is another text each time it is rendered. */
function guess({ node, renderable }: Located, form: SelectForm, offset: number): SqlPlace | null {
  const text = 'select' in node ? textOf(node.select, form) : null
  if (text === null) return null
  const { path: file, text: written } = renderable.draft.file
  const position = [...text.slice(0, offset)].length + 1
  const location = isYaml(file) ? null : locateInTemplate({ file, text: written }, text, position)
  return location === null ? null : { location, exact: true, via: [] }
}

/**
 * A place where the user can go: of a text that Strata made for a declaration, the declaration; of what Strata's own macros made,
 * where they were called.
 */
function inProject(
  place: TracedPlace,
  { node, renderable }: Located,
  builtin: ReadonlySet<string>,
): SqlPlace | null {
  const { file } = renderable.draft
  const isDeclared = (location: Location) => location.file === file.path && isYaml(file.path)
  const settle = (location: Location) => (isDeclared(location) ? node.location : location)
  const via = place.via
    .filter(({ location }) => !builtin.has(location.file))
    .map(({ message, location }) => ({ message, location: settle(location) }))
  if (!builtin.has(place.location.file)) {
    const exact = place.exact && !isDeclared(place.location)
    return { location: settle(place.location), exact, via: exact ? via : distinct(via, place.location) }
  }
  const [first, ...others] = via
  return first === undefined ? null : { location: first.location, exact: false, via: others }
}

/** A declaration does not lead to itself. */
function distinct(via: SqlPlace['via'], { file }: Location): SqlPlace['via'] {
  return isYaml(file) ? via.filter(({ location }) => location.file !== file) : via
}

function isYaml(path: string): boolean {
  return /\.ya?ml$/.test(path)
}
