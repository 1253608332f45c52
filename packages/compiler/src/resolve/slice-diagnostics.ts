import type { Diagnostic, EndpointJob, RecordPath, SliceParameter } from '@strata/core'
import { displayRelation } from '@strata/core'
import { didYouMean } from '../project/near-misses.ts'
import type { YamlPath } from '../project/yaml-document.ts'
import { type DeclaredJob, type JobsOfSource, placesIn } from './job-diagnostics.ts'
import { contextStep, pathsOf } from './slice-paths.ts'
import { refreshDiagnostics } from './slice-refresh-diagnostics.ts'

/** Columns of bronze that people know, and that no record holds. */
const ownColumns = new Set(['source_instance_id', 'etl_job_id', 'etl_run_id', 'record_key', 'row_hash'])

/** What is wrong with where a job takes its slices from. */
export function sliceDiagnostics(source: JobsOfSource, declared: DeclaredJob): readonly Diagnostic[] {
  return declared.job.slices.flatMap((slice, index) => {
    const at = [...declared.path, 'job', 'slices', index]
    return [
      ...unfitTable(source, declared, index, at),
      ...unfitParameter(source, declared.job, slice, index, at),
      ...unfitMatch(source, declared.job, slice, index, at),
      ...refreshDiagnostics(source, declared, index, at),
      ...pathsOf(slice).flatMap(([path, steps]) =>
        unfitPath(source, declared, index, path, [...at, ...steps]),
      ),
    ]
  })
}

/** A table whose rows come from nowhere, or no longer. */
function unfitTable(
  { declared, jobs, disabled }: JobsOfSource,
  { job, properties }: DeclaredJob,
  index: number,
  at: YamlPath,
): Diagnostic[] {
  const { parameter } = job.slices[index]!
  const wanted = properties.slices[index]!.table
  const location = declared.document.locate([...at, 'table'])
  const who = `the job ${job.source}.${job.table} takes ${parameter} from "${wanted}"`
  const tables = declared.value.tables ?? []
  const known = tables.map((other) => other.name)
  if (!known.includes(wanted)) {
    return [
      {
        code: 'UNKNOWN_SLICE_TABLE',
        severity: 'error',
        message: `${who}, which is no table of ${job.source}`,
        hint: didYouMean(wanted, known) ?? 'Name a table of the same source that has a job.',
        location,
      },
    ]
  }
  if (wanted === job.table) {
    return [
      {
        code: 'SLICE_OF_ITSELF',
        severity: 'error',
        message: `${who}, which it lands itself`,
        hint: 'Take the values from the table of another job.',
        location,
      },
    ]
  }
  // A job that does not run asks nothing of its parents.
  if (!job.active) return []
  const parent = jobs.find((other) => other.table.name === wanted)
  if (disabled.has(wanted)) {
    return [
      {
        code: 'SLICE_TABLE_DISABLED',
        severity: 'error',
        message: `${who}, which is switched off (enabled: false)`,
        hint: 'Switch it on, or this table off as well.',
        location,
      },
    ]
  }
  if (parent === undefined) {
    return [
      {
        code: 'SLICE_TABLE_NOT_LANDED',
        severity: 'error',
        message: `${who}, which has no job: nothing lands its rows`,
        hint: `Give "${wanted}" a job, or take the values from a table that has one.`,
        location,
      },
    ]
  }
  if (!parent.job.active) {
    return [
      {
        code: 'SLICE_PARENT_INACTIVE',
        severity: 'error',
        message: `${who}, whose job is not active${parent.job.reason === null ? '' : `: ${parent.job.reason}`}`,
        hint: 'Make that job active, or make this one inactive too (active: false, with a reason).',
        location,
        related: [
          { message: 'that job is here', location: declared.document.locateKey([...parent.path, 'job']) },
        ],
      },
    ]
  }
  return []
}

function unfitParameter(
  { declared, connector }: JobsOfSource,
  job: EndpointJob,
  { parameter }: SliceParameter,
  index: number,
  at: YamlPath,
): Diagnostic[] {
  const location = declared.document.locate([...at, 'parameter'])
  const name = `${job.source}.${job.table}`
  if (job.slices.findIndex((slice) => slice.parameter === parameter) < index) {
    return [
      {
        code: 'DUPLICATE_SLICE_PARAMETER',
        severity: 'error',
        message: `${name} gets its parameter ${parameter} twice`,
        hint: 'Remove one of the two, or name the parameter that is meant.',
        location,
      },
    ]
  }
  const byInstance = connector.instances.find(({ parameters }) => parameter in parameters)
  if (byInstance !== undefined) {
    return [
      {
        code: 'DUPLICATE_SLICE_PARAMETER',
        severity: 'error',
        message: `${name} gets its parameter ${parameter} from its slices and from instance ${byInstance.name}`,
        hint: 'Give one of the two another name.',
        location,
      },
    ]
  }
  // Nobody knows yet where it would stand.
  if (job.endpoint === '') return []
  const places = [job.endpoint, ...Object.values(job.params)].flatMap(placesIn)
  const matched = job.slices.slice(index + 1).some(({ match }) => parameter in match)
  if (places.includes(parameter) || matched) return []
  const free = places.filter((place) => !job.slices.some((slice) => slice.parameter === place))
  return [
    {
      code: 'UNUSED_SLICE_PARAMETER',
      severity: 'error',
      message: `${name} is asked for once for each ${parameter}, but no request names it: all would be the same`,
      hint:
        didYouMean(parameter, free) ??
        `Write {${parameter}} where it belongs in the endpoint or in params, or remove the slice.`,
      location,
    },
  ]
}

function unfitMatch(
  { declared }: JobsOfSource,
  job: EndpointJob,
  { parameter, from, match }: SliceParameter,
  index: number,
  at: YamlPath,
): Diagnostic[] {
  const earlier = job.slices.slice(0, index)
  const names = earlier.map((slice) => slice.parameter)
  const unknown = Object.keys(match).filter((name) => !names.includes(name))
  if (unknown.length > 0) {
    return unknown.map((name): Diagnostic => {
      const comesLater = job.slices.some((slice) => slice.parameter === name)
      return {
        code: 'UNKNOWN_SLICE_MATCH',
        severity: 'error',
        message: `${parameter} of ${job.source}.${job.table} is matched by ${name}, ${comesLater ? 'which does not come before it' : 'which is no parameter of the job'}`,
        hint: comesLater
          ? 'Put the outer parameter first: a match names earlier ones.'
          : (didYouMean(name, names) ??
            (names.length > 0
              ? `The earlier parameters are ${names.join(', ')}.`
              : 'The first parameter has nothing to match.')),
        location: declared.document.locateKey([...at, 'match', name]),
      }
    })
  }
  const sameTable = earlier.some((other) => displayRelation(other.from) === displayRelation(from))
  if (index === 0 || Object.keys(match).length > 0 || sameTable) return []
  return [
    {
      code: 'SLICE_PRODUCT',
      severity: 'warning',
      message: `${job.source}.${job.table} is asked for with each ${parameter} for each ${names.join(' and ')}`,
      hint: `Where they belong together, say so: match: {${names.at(-1)}: …} with the path in ${displayRelation(from)} that holds it.`,
      location: declared.document.locate(at),
    },
  ]
}

/** Values come out of the record as the API gave it; the columns beside it, the serial `id` above all, are ours. */
function unfitPath(
  { declared, jobs }: JobsOfSource,
  { job, properties }: DeclaredJob,
  index: number,
  path: RecordPath,
  at: YamlPath,
): Diagnostic[] {
  const { parameter, from } = job.slices[index]!
  const wanted = properties.slices[index]!.table
  const location = declared.document.locate(at)
  const [first = '', second] = path
  const parent = jobs.find((other) => other.table.name === wanted)
  const written = path.join('.')
  if (first === contextStep) {
    const names = parent?.job.slices.map((slice) => slice.parameter) ?? []
    if (parent === undefined || (path.length === 2 && names.includes(second!))) return []
    return [
      {
        code: 'UNKNOWN_SLICE_CONTEXT',
        severity: 'error',
        message: `${written} is no parameter by which the records of "${wanted}" are asked for`,
        hint:
          didYouMean(
            written,
            names.map((name) => `${contextStep}.${name}`),
          ) ??
          (names.length > 0
            ? `There are: ${names.map((name) => `${contextStep}.${name}`).join(', ')}.`
            : 'Its job has no slices: name a path in its records.'),
        location,
      },
    ]
  }
  const isColumn =
    first.startsWith('$') ||
    written.includes('->') ||
    (path.length === 1 && ownColumns.has(first)) ||
    (path.length > 1 && (first === wanted || first === from.name))
  if (isColumn) {
    return [
      {
        code: 'SLICE_PATH_COLUMN',
        severity: 'error',
        message: `${written} for ${parameter} of ${job.source}.${job.table} names a column of ${displayRelation(from)}: a path is one in the record`,
        hint: `Write the field alone, for instance path: ${path.at(-1)!.replaceAll(/[^\w.]/g, '') || 'id'}; the column "id" of a bronze table is ours, and never the id that the API knows.`,
        location,
      },
    ]
  }
  const key = parent?.job.key ?? []
  const keyed = key.flatMap((part) => ('field' in part ? [part.field.join('.')] : []))
  if (parent === undefined || written !== 'id' || keyed.includes('id') || at.includes('match')) return []
  return [
    {
      code: 'SLICE_PATH_NOT_KEY',
      severity: 'warning',
      message: `${parameter} of ${job.source}.${job.table} is the id of the records of "${wanted}", which are told apart by ${keyed.join(', ') || 'their slice alone'}`,
      hint:
        keyed.length === 0
          ? 'Look at a record, and name the field that the endpoint wants.'
          : `Write path: ${keyed[0]}, or make id a part of the key of "${wanted}".`,
      location,
    },
  ]
}
