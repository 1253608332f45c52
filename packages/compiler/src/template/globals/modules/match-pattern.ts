import { TemplateError } from '../../template-error.ts'
import { codePoints, hasSurrogates } from '../../values/iterate.ts'
import { fold, isWord } from './parse-class.ts'
import type { Edge, ParsedPattern, PatternNode } from './pattern-syntax.ts'

/** A text by Python's characters: code points. */
export interface Subject {
  readonly text: string
  readonly length: number
  readonly codeAt: (index: number) => number
  readonly slice: (start: number, end: number) => string
}

/** Where a match and its groups begin and end, in characters: start and end of group 0, of group 1, …; -1: no part. */
export type Positions = readonly number[]

export interface Search {
  readonly from: number
  readonly to: number
  /** `match` begins at `from`, `full` ends at `to` as well. */
  readonly mode: 'search' | 'match' | 'full'
  /** An empty match at `from` does not count. */
  readonly advance?: boolean
}

export interface Matcher {
  /** Null where nothing matches. Throws `TEMPLATE_STEP_LIMIT` when `spend` has had enough. */
  readonly run: (subject: Subject, search: Search) => Positions | null
}

/** Steps of one search. A pattern that backtracks without end reaches it in a fraction of a second. */
const maxSteps = 2_000_000

type Continue = (at: number) => boolean
type Step = (at: number, next: Continue) => boolean

export function createSubject(text: string): Subject {
  if (!hasSurrogates(text)) {
    return {
      text,
      length: text.length,
      codeAt: (index) => text.charCodeAt(index),
      slice: (start, end) => text.slice(start, end),
    }
  }
  const characters = codePoints(text)
  return {
    text,
    length: characters.length,
    codeAt: (index) => characters[index]!.codePointAt(0)!,
    slice: (start, end) => characters.slice(start, end).join(''),
  }
}

/**
 * Makes a pattern run, by backtracking as Python's does, but counting: JavaScript's own engine cannot be stopped, and a
 * template must not be able to hang the compiler. `spend` is told the steps of each search.
 */
export function createMatcher(pattern: ParsedPattern, spend: (steps: number) => void): Matcher {
  let subject = createSubject('')
  let to = 0
  let steps = 0
  let groups: number[] = []

  const count = (): void => {
    if (++steps <= maxSteps) return
    throw new TemplateError(`matching a pattern took more than ${maxSteps} steps`, {
      code: 'TEMPLATE_STEP_LIMIT',
      hint: 'Look for one repetition inside another, such as "(a+)+".',
    })
  }

  const compile = (node: PatternNode): Step => {
    switch (node.kind) {
      case 'one': {
        const { accepts } = node
        return (at, next) => {
          count()
          return at < to && accepts(subject.codeAt(at)) && next(at + 1)
        }
      }
      case 'sequence': {
        const items = node.items.map(compile)
        const run = (index: number, at: number, next: Continue): boolean =>
          index === items.length ? next(at) : items[index]!(at, (end) => run(index + 1, end, next))
        return (at, next) => run(0, at, next)
      }
      case 'either': {
        const branches = node.branches.map(compile)
        return (at, next) => branches.some((branch) => branch(at, next))
      }
      case 'group': {
        const body = compile(node.body)
        const place = node.index * 2
        return (at, next) =>
          body(at, (end) => {
            const start = groups[place]!
            const finish = groups[place + 1]!
            groups[place] = at
            groups[place + 1] = end
            if (next(end)) return true
            groups[place] = start
            groups[place + 1] = finish
            return false
          })
      }
      case 'again': {
        const { index, ignoreCase } = node
        return (at, next) => {
          const start = groups[index * 2]!
          const size = groups[index * 2 + 1]! - start
          if (start < 0 || at + size > to) return false
          for (let offset = 0; offset < size; offset++) {
            count()
            const a = subject.codeAt(start + offset)
            const b = subject.codeAt(at + offset)
            if (a !== b && !(ignoreCase && fold(a) === fold(b))) return false
          }
          return next(at + size)
        }
      }
      case 'repeat':
        return compileRepeat(node)
      case 'look': {
        const body = compile(node.body)
        const { back, negated } = node
        return (at, next) => {
          const from = back === null ? at : at - back
          const saved = groups.slice()
          const found = from >= 0 && body(from, (end) => back === null || end === at)
          if (found === negated) {
            groups = saved
            return false
          }
          if (negated) groups = saved
          if (next(at)) return true
          groups = saved
          return false
        }
      }
      case 'atomic':
        return compileAtomic(compile(node.body))
      case 'condition': {
        const yes = compile(node.yes)
        const no = compile(node.no)
        const place = node.index * 2
        return (at, next) => (groups[place]! >= 0 ? yes : no)(at, next)
      }
      case 'edge': {
        const { edge } = node
        return (at, next) => atEdge(edge, at) && next(at)
      }
    }
  }

  const compileAtomic =
    (body: Step): Step =>
    (at, next) => {
      const saved = groups.slice()
      let end = -1
      const found = body(at, (reached) => {
        end = reached
        return true
      })
      if (found && next(end)) return true
      groups = saved
      return false
    }

  const compileRepeat = (node: PatternNode & { kind: 'repeat' }): Step => {
    const { min, max, mode } = node
    if (mode === 'possessive') return compileAtomic(compileRepeat({ ...node, mode: 'greedy' }))
    if (node.body.kind === 'one') return repeatOne(node.body.accepts, min, max, mode)
    const body = compile(node.body)
    const round = (done: number, at: number, next: Continue): boolean => {
      count()
      const more = (): boolean =>
        done < max &&
        body(at, (end) => {
          // An empty round would go on for ever.
          if (end === at && done >= min) return false
          return round(done + 1, end, next)
        })
      if (done < min) return more()
      return mode === 'greedy' ? more() || next(at) : next(at) || more()
    }
    return (at, next) => round(0, at, next)
  }

  /** Without recursion, so that long texts do not need a deep stack. */
  const repeatOne =
    (accepts: (code: number) => boolean, min: number, max: number, mode: 'greedy' | 'lazy'): Step =>
    (at, next) => {
      const last = Math.min(to, at + max)
      let end = at
      const forward = (): boolean => {
        count()
        if (end >= last || !accepts(subject.codeAt(end))) return false
        end++
        return true
      }
      while (end < at + min) if (!forward()) return false
      if (mode === 'lazy') {
        do if (next(end)) return true
        while (forward())
        return false
      }
      while (forward());
      for (; end >= at + min; end--) {
        count()
        if (next(end)) return true
      }
      return false
    }

  const atEdge = (edge: Edge, at: number): boolean => {
    switch (edge) {
      case 'start':
        return at === 0
      case 'end':
        return at === to
      case 'last':
        return at === to || (at === to - 1 && subject.codeAt(at) === 10)
      case 'line_start':
        return at === 0 || subject.codeAt(at - 1) === 10
      case 'line_end':
        return at === to || subject.codeAt(at) === 10
      default: {
        const before = at > 0 && isWord(subject.codeAt(at - 1))
        const after = at < to && isWord(subject.codeAt(at))
        return (before !== after) === (edge === 'word')
      }
    }
  }

  const start = compile(pattern.node)
  const noGroups = new Array<number>(2 * (pattern.groupCount + 1)).fill(-1)

  const run: Matcher['run'] = (text, search) => {
    subject = text
    to = Math.min(search.to, text.length)
    steps = 0
    try {
      const lastStart = search.mode === 'search' ? to : search.from
      for (let from = search.from; from <= lastStart; from++) {
        count()
        groups = noGroups.slice()
        const found = start(from, (end) => {
          if (search.mode === 'full' && end !== to) return false
          if (search.advance === true && from === search.from && end === from) return false
          groups[0] = from
          groups[1] = end
          return true
        })
        if (found) return groups
      }
      return null
    } finally {
      spend(steps >> 4)
    }
  }
  return { run }
}
