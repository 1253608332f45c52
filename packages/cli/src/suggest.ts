import type { Invocation } from './invocation.ts'

/** A command worth typing next, as this user types it. */
export interface Suggestion {
  readonly command: string
  readonly purpose: string
}

export interface Suggest {
  /** `suggest('show patients', 'first rows')` */
  (words: string, purpose: string): Suggestion
  /** Opens the embedded database. */
  readonly psql: string
}

/** Suggestions go on with the target that the command worked on. */
export function createSuggest(invocation: Invocation, target: string): Suggest {
  const { commandName } = invocation
  const suffix = target === 'default' ? '' : ` --target ${target}`
  const suggest = (words: string, purpose: string): Suggestion => ({
    command: `${commandName} ${words}${suffix}`,
    purpose,
  })
  return Object.assign(suggest, { psql: `psql "$(${commandName.replace(/^pnpm /, 'pnpm -s ')} db url)"` })
}
