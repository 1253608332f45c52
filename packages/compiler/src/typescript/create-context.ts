import type { Json, RelationName } from '@strata/core'
import { forbiddenVariable, quoteIdentifier, quoteRelation } from '@strata/core'
import sql, { empty, join, raw, type Sql } from 'sql-template-tag'
import { didYouMean } from '../project/near-misses.ts'
import type { CompileSettings, Reference, RenderScope } from '../resolve/render-scope.ts'
import type { Variables } from '../resolve/variables.ts'
import { TemplateError } from '../template/index.ts'
import { asConfig } from './as-config.ts'
import { isQuery } from './is-query.ts'
import { literal } from './literal.ts'
import type { ModelContext, Relation } from './model-context.ts'
import { queryText } from './query-text.ts'
import type { TypeScriptModel } from './typescript-model.ts'

/** What a context needs beside the scope of the render. */
export interface ContextServices {
  readonly settings: CompileSettings
  readonly variables: Variables
  /** What stands before a schema that a model names. */
  readonly schemaPrefix: string
  /** The name of the project file, for hints. */
  readonly projectFile: string
  /** Called for each call of a model. */
  readonly onCall: () => void
}

/** Relations that `increment()` takes, with what they were asked for by. */
const references = new WeakMap<object, Reference>()

export function createContext(
  model: TypeScriptModel,
  scope: RenderScope,
  { settings, variables, schemaPrefix, projectFile }: ContextServices,
): ModelContext {
  const { target } = settings
  const refer = (reference: Reference): Relation => {
    const { cte, mark, ...relation } = scope.resolve(reference)
    const made = relationPiece(relation, mark ?? (cte ? relation.name : quoteRelation(relation)))
    references.set(made, reference)
    return made
  }
  // Once the graph is known nobody asks where a reference stands, and finding out costs a stack.
  const here = () => (scope.execute ? null : model.locate(new Error('here'))) ?? model.queryLocation

  return {
    ref(name, options = {}) {
      const { package: packageName = null, version = null } = asOptions(options)
      return refer({
        kind: 'ref',
        packageName: packageName === null ? null : asText(packageName, 'ref', 'package'),
        name: asText(name, 'ref', 'name'),
        version: typeof version === 'string' || typeof version === 'number' ? version : null,
        location: here(),
      })
    },
    source: (sourceName, tableName) =>
      refer({
        kind: 'source',
        sourceName: asText(sourceName, 'source', 'source'),
        tableName: asText(tableName, 'source', 'table'),
        location: here(),
      }),
    increment: (relation) => raw(scope.increment(referenceOf(relation, 'increment'), relation, here(), null)),
    changedKeys(relation, column, options = {}) {
      const { into = column } = options
      const keys = {
        column: asText(column, 'changedKeys', 'column'),
        into: asText(into, 'changedKeys', 'into'),
      }
      return raw(scope.increment(referenceOf(relation, 'changedKeys'), relation, here(), keys))
    },
    isIncremental: scope.isIncremental,
    this: relationPiece(
      scope.self ?? { schema: '', name: '' },
      scope.self === null ? '' : quoteRelation(scope.self),
    ),
    config: (options) => scope.configure(asConfig(options), here()),
    vars<T>(name: string, fallback?: T): T {
      const value = variables.find(scope.packageName, asText(name, 'vars', 'name'))
      if (value !== undefined) return value as T
      if (fallback !== undefined) return fallback
      throw new TemplateError(`the variable "${name}" has no value`, {
        code: 'UNKNOWN_VAR',
        hint:
          didYouMean(name, variables.names(scope.packageName)) ??
          `Give it one under vars: in ${projectFile}, with --vars, or as the second argument of vars().`,
      })
    },
    env: (name, fallback) =>
      environmentVariable(asText(name, 'env', 'name'), fallback, settings, projectFile),
    target: {
      name: target.name,
      schema: `${target.prefix}${target.defaultSchema}`,
      prefix: schemaPrefix,
      type: 'postgres',
      database: target.database,
      threads: target.threads,
    },
    runStartedAt: new Date(settings.runStartedAt),
    sql,
    join,
    raw,
    empty,
    identifier: (name) => raw(quoteIdentifier(asText(name, 'identifier', 'name'))),
    literal: (value) => raw(isQuery(value) ? queryText(value) : literal(value)),
  }
}

function referenceOf(relation: object, called: string): Reference {
  const reference = references.get(relation)
  if (reference !== undefined) return reference
  throw new TemplateError(`${called}() needs a ref() or a source()`, {
    code: 'TEMPLATE_ARGUMENTS',
    hint: `Write ${called}(ref('name')…), or ${called}(source('source', 'table')…).`,
  })
}

function relationPiece({ schema, name }: RelationName, text: string): Relation {
  const piece: Sql = raw(text)
  return Object.assign(piece, { schema, name, toString: () => text })
}

function environmentVariable(
  name: string,
  fallback: string | undefined,
  settings: CompileSettings,
  projectFile: string,
): string {
  const value = settings.environmentVariable(name)
  if (value === forbiddenVariable) {
    throw new TemplateError(`models may not read the environment variable "${name}"`, {
      code: 'FORBIDDEN_ENV_VAR',
      hint: `List it under environment: in ${projectFile}, or use a name that begins with DBT_ or STRATA_.`,
    })
  }
  const found = value ?? fallback
  if (found !== undefined) return found
  throw new TemplateError(`the environment variable "${name}" is not set`, {
    code: 'UNKNOWN_ENV_VAR',
    hint: `Set it in the environment or in .env, or give a default: env('${name}', '…').`,
  })
}

/** Types are gone when a model runs: what its code really gave is looked at. */
function asText(value: unknown, caller: string, argument: string): string {
  if (typeof value === 'string' && value !== '') return value
  throw new TemplateError(`${caller}() needs ${argument} as a text`, {
    code: 'TEMPLATE_ARGUMENTS',
    hint: `Give ${caller}() its ${argument} as a text that is not empty.`,
  })
}

function asOptions(value: unknown): { readonly package?: Json; readonly version?: Json } {
  if (typeof value === 'object' && value !== null) return value
  throw new TemplateError('ref() needs the name of a model, and options after it', {
    code: 'TEMPLATE_ARGUMENTS',
    hint: "Write ref('name'), or ref('name', { package: 'shop', version: 2 }).",
  })
}
