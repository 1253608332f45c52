import { randomBytes } from 'node:crypto'
import { type CheckedGraph, checkGraph } from '@strata/compiler/check'
import {
  type Database,
  type Diagnostic,
  deriveName,
  type Graph,
  type NodeId,
  type Queryable,
  quoteIdentifier,
  type RelationName,
  StrataError,
} from '@strata/core'
import { relationsThere } from '@strata/runner'
import { type CheckSettings, checkInputs } from './check-workspace.ts'
import { connectDatabase } from './database-connection.ts'
import type { Invocation } from './invocation.ts'
import type { Workspace } from './workspace.ts'

/**
 * Types the project on the target's own server, with its version, extensions and functions: compiled once more with a prefix of
 * its own before every schema, whose relations are dropped afterwards whatever happens. Sources are read where they are.
 */
export async function checkOnServer(
  { signal }: Pick<Invocation, 'signal'>,
  workspace: Workspace,
  settings: CheckSettings,
): Promise<CheckedGraph> {
  const connection = await connectDatabase(workspace)
  const { database } = connection
  const token = `strata_check_${randomBytes(4).toString('hex')}_`
  try {
    // For as long as it is held the schemas are in use.
    return await database.session(async (holder) => {
      await holder.query({ text: lock('pg_advisory_lock'), values: [token] })
      await dropLeftBehind(holder)
      try {
        const { again, missing } = await compileAside(workspace, database, token)
        const checked = await checkGraph({
          ...checkInputs(again, settings),
          graph: withSources(again.compilation.graph, missing),
          signal,
          kept: null,
          openScratch: async () => ({ database, ownPrefix: token }),
          openTarget: async () => null,
        })
        return inOwnWords(checked, token)
      } finally {
        await dropSchemas(database, token)
      }
    })
  } catch (error) {
    throw isRefused(error) ? withWhatFor(error) : error
  } finally {
    await connection.close()
  }
}

function isRefused(error: unknown): error is StrataError {
  return error instanceof StrataError && error.code === 'PERMISSION_DENIED'
}

function withWhatFor(cause: StrataError): StrataError {
  return new StrataError({
    code: cause.code,
    message: `${cause.message}: check --on-server makes schemas of its own there`,
    hint: 'Grant CREATE on the database to the role, or run models check alone, which needs no right there.',
    cause,
  })
}

/** The project in schemas of the token; sources that are not there are made there too. */
async function compileAside(
  workspace: Workspace,
  database: Database,
  token: string,
): Promise<{ readonly again: Workspace; readonly missing: ReadonlyMap<NodeId, RelationName> }> {
  const sources = workspace.compilation.graph.nodes.filter((node) => node.kind === 'source')
  const there = await relationsThere(
    database,
    sources.map(({ relation }) => relation),
  )
  const missing = new Map(
    sources.flatMap(({ id, relation: { schema, name } }, index): [NodeId, RelationName][] =>
      there[index] === true
        ? []
        : [[id, { schema: `${token}sources`, name: deriveName(`${schema}__${name}`, '') }]],
    ),
  )
  const { target, databaseUrl, landing } = workspace
  const compilation = workspace.compileAgain({
    target: { target: { ...target, prefix: `${token}${target.prefix}` }, databaseUrl, landing },
    deferred: missing,
  })
  return { again: { ...workspace, compilation }, missing }
}

function withSources(graph: Graph, moved: ReadonlyMap<NodeId, RelationName>): Graph {
  return {
    ...graph,
    nodes: graph.nodes.map((node) => {
      const relation = moved.get(node.id)
      return node.kind === 'source' && relation !== undefined ? { ...node, relation } : node
    }),
  }
}

/** Without the names that nobody knows. */
function inOwnWords(checked: CheckedGraph, token: string): CheckedGraph {
  const own = (text: string) => text.replaceAll(token, '')
  return {
    ...checked,
    diagnostics: checked.diagnostics.map(
      (one): Diagnostic => ({
        ...one,
        message: own(one.message),
        ...(one.hint === undefined ? {} : { hint: own(one.hint) }),
        ...(one.related === undefined
          ? {}
          : {
              related: one.related.map(({ message, location }) => ({ message: own(message), location })),
            }),
      }),
    ),
    unchecked: checked.unchecked.map((one) => ({ ...one, reason: own(one.reason) })),
  }
}

function lock(name: string): string {
  return `select ${name}(pg_catalog.hashtextextended($1, 0)) as locked`
}

/** The schemas of a check that was killed. */
async function dropLeftBehind(holder: Queryable): Promise<void> {
  const { rows } = await holder.query<{ token: string }>(
    "select distinct substring(nspname from '^strata_check_[0-9a-f]{8}_') as token from pg_namespace where nspname ~ '^strata_check_[0-9a-f]{8}_'",
  )
  for (const { token } of rows) {
    const { rows: found } = await holder.query<{ locked: boolean }>({
      text: lock('pg_try_advisory_lock'),
      values: [token],
    })
    if (found[0]!.locked) await dropSchemas(holder, token)
  }
}

/** A statement that drops thousands takes more locks than a server has. */
const mostAtOnce = 200

async function dropSchemas(database: Queryable, token: string): Promise<void> {
  const ours = { text: '', values: [token] }
  for (;;) {
    const { rows } = await database.query<{ statement: string }>({
      ...ours,
      text: `select format('drop %s if exists %I.%I cascade', case relkind when 'v' then 'view' else 'table' end, nspname, relname) as statement
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where starts_with(nspname, $1) and relkind in ('v', 'r') order by c.oid desc limit ${mostAtOnce}`,
    })
    if (rows.length === 0) break
    await database.query({ text: rows.map(({ statement }) => statement).join(';\n'), script: true })
  }
  const { rows } = await database.query<{ name: string }>({
    ...ours,
    text: 'select nspname::text as name from pg_namespace where starts_with(nspname, $1)',
  })
  for (const { name } of rows) await database.query(`drop schema if exists ${quoteIdentifier(name)} cascade`)
}
