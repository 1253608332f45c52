import { ConfigurationError, type Node, type NodeKind } from '@strata/core'
import type { Method, MethodContext } from './method.ts'
import { sourceAndTable } from './node-names.ts'
import { pathPattern } from './path-pattern.ts'
import { wildcard } from './wildcard.ts'

/** Methods that say what a node is called and where it is. */
export const nameMethods = {
  fqn: {
    tells: 'name',
    find: (value, _argument, { index }) => {
      const found = index.names().find(value)
      return (_node, position) => found(position)
    },
    known: ({ index }) =>
      index.nodes
        .filter((node) => node.kind !== 'data_test')
        .flatMap((node) => (node.kind === 'model' ? [node.name, node.fqn.at(-1) ?? node.name] : [node.name])),
  },
  path: {
    tells: 'name',
    find: (value, _argument, { index }) => {
      const pattern = pathPattern(value)
      const [files, patches] = [index.files(), index.patches()]
      return (_node, position) => {
        const patch = patches[position]!
        return pattern.covers(files[position]!) || (patch !== null && pattern.names(patch))
      }
    },
    known: ({ index }) => index.files(),
  },
  file: {
    tells: 'name',
    find: (value, _argument, { index }) => {
      const matches = wildcard(value)
      const files = index.files()
      return (_node, position) => {
        const file = fileName(files[position]!)
        const dot = file.lastIndexOf('.')
        return matches(file) || (dot > 0 && matches(file.slice(0, dot)))
      }
    },
    known: ({ index }) => index.files().map(fileName),
  },
  package: {
    tells: 'name',
    find: (value, _argument, { index }) => {
      const matches = wildcard(value === 'this' ? index.graph.projectName : value)
      return (node) => matches(node.packageName)
    },
    known: ({ index }) => ['this', ...index.nodes.map((node) => node.packageName)],
  },
  source: {
    tells: 'name',
    find: (value) => {
      const [packageName, source, table] = tableMatches('source', value)
      return (node) => {
        if (node.kind !== 'source') return false
        const [ownSource, ownTable] = sourceAndTable(node)
        return packageName!(node.packageName) && source!(ownSource) && table!(ownTable)
      }
    },
    known: (context) =>
      ofKind(context, 'source').flatMap((node) => [sourceAndTable(node)[0], sourceAndTable(node).join('.')]),
  },
  job: {
    tells: 'name',
    find: (value) => {
      const alone = value.includes('.') ? null : wildcard(value)
      const [packageName, source, table] = tableMatches('job', value)
      return (node) => {
        if (node.kind !== 'job') return false
        if (alone !== null) return alone(node.job.source) || alone(node.job.table)
        return packageName!(node.packageName) && source!(node.job.source) && table!(node.job.table)
      }
    },
    known: ({ index }) =>
      index.nodes.flatMap((node) => (node.kind === 'job' ? [node.job.table, node.name] : [])),
  },
  exposure: packagedMethod('exposure'),
  unit_test: packagedMethod('unit_test'),
} satisfies { readonly [method: string]: Method }

function fileName(file: string): string {
  return file.slice(file.lastIndexOf('/') + 1)
}

function ofKind(context: MethodContext, kind: NodeKind): readonly Node[] {
  return context.index.nodes.filter((node) => node.kind === kind)
}

/** A method for `name` or `package.name` of one kind of node. */
function packagedMethod(kind: 'exposure' | 'unit_test'): Method {
  return {
    tells: 'name',
    find: (value) => {
      const [packageName, name] = dottedMatches(kind, value, ['package', 'name'])
      return (node) => node.kind === kind && packageName!(node.packageName) && name!(node.name)
    },
    known: (context) => ofKind(context, kind).map((node) => node.name),
  }
}

/** A source alone means all its tables. */
function tableMatches(method: string, value: string) {
  const name = value.includes('.') ? value : `${value}.*`
  return dottedMatches(method, name, ['package', 'source', 'table'])
}

/** One match for each part of a dotted name; parts that are left out in front match anything. */
function dottedMatches(method: string, value: string, parts: readonly string[]) {
  const given = value.split('.')
  if (given.length > parts.length) {
    throw new ConfigurationError({
      code: 'BAD_SELECTOR',
      message: `"${method}:${value}" has more parts than a name of that kind`,
      hint: `Write ${parts.map((_, index) => parts.slice(index).join('.')).join(' or ')}.`,
    })
  }
  return [...parts.slice(given.length).map(() => '*'), ...given].map(wildcard)
}
