import { aspects } from './compare-manifests.ts'
import type { Method } from './method.ts'
import { oneOf } from './one-of.ts'
import { artifactId } from './previous-state.ts'

/** Words for how a step ended, dbt's and therefore ours in artifacts. */
const statuses = [
  'success',
  'error',
  'fail',
  'warn',
  'skipped',
  'pass',
  'partial success',
  'runtime error',
  'no-op',
  'reused',
  'cancelled',
  'interrupted',
] as const

const sourceStatuses = ['fresher', 'pass', 'warn', 'error', 'runtime error'] as const

/** Methods that say what changed since an earlier run. */
export const changeMethods = {
  state: {
    tells: 'change',
    find: (value, _argument, { changes }) => {
      const aspect = oneOf('state', value, aspects)
      const comparison = changes.manifest()
      return (node) => comparison.is(node, aspect)
    },
  },
  result: {
    tells: 'change',
    find: (value, _argument, { changes }) => {
      // A word on the command line has no spaces: partial_success is meant as well.
      const spelled = statuses.find((status) => plain(status) === plain(value))
      const status = oneOf('result of a step', spelled ?? value, statuses)
      const ended = changes.statuses()
      return (node) => ended.get(artifactId(node.id)) === status
    },
  },
  source_status: {
    tells: 'change',
    find: (value, _argument, { changes }) => {
      const spelled = sourceStatuses.find((status) => plain(status) === plain(value))
      const status = oneOf('status of a source', spelled ?? value, sourceStatuses)
      if (status === 'fresher') {
        const fresher = changes.fresherSources()
        return (node) => node.kind === 'source' && fresher.has(artifactId(node.id))
      }
      const found = changes.sourceStatuses()
      return (node) => node.kind === 'source' && found.get(artifactId(node.id)) === status
    },
  },
} satisfies { readonly [method: string]: Method }

function plain(status: string): string {
  return status.replaceAll(/[ _-]/g, '')
}
