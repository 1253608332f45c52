import type { Diagnostic, EndpointJob, KeyPart, SliceParameter } from '@strata/core'
import type { YamlPath } from '../project/yaml-document.ts'
import type { DeclaredJob, JobsOfSource } from './job-diagnostics.ts'
import { contextStep, pathsOf } from './slice-paths.ts'

/** What is wrong with asking for a slice only when its parents changed. */
export function refreshDiagnostics(
  source: JobsOfSource,
  declared: DeclaredJob,
  index: number,
  at: YamlPath,
): readonly Diagnostic[] {
  return [
    ...unfitRefresh(source, declared.job, declared.job.slices[index]!, at),
    ...movingRows(source, declared, index, at),
  ]
}

/** One that is always asked for makes the others so. */
function unfitRefresh(
  { declared }: JobsOfSource,
  job: EndpointJob,
  { parameter, refresh }: SliceParameter,
  at: YamlPath,
): Diagnostic[] {
  if (refresh === undefined) return []
  const always = job.slices.find((other) => other.refresh === undefined)
  if (always === undefined) return []
  return [
    {
      code: 'SLICE_REFRESH_MIXED',
      severity: 'warning',
      message: `${parameter} of ${job.source}.${job.table} is refreshed on_change, but ${always.parameter} is not: each run asks for all of them`,
      hint: `Write refresh: on_change for ${always.parameter} as well, or leave it out.`,
      location: declared.document.locate([...at, 'refresh']),
    },
  ]
}

/** A row that gets another value leaves its former slice, and no row is left there that was written. */
function movingRows(
  { declared, jobs }: JobsOfSource,
  { job, properties }: DeclaredJob,
  index: number,
  at: YamlPath,
): Diagnostic[] {
  const slice = job.slices[index]!
  const wanted = properties.slices[index]!.table
  const key = jobs.find((other) => other.table.name === wanted)?.job.key.map(written) ?? []
  const given = job.slices.filter((_, other) => properties.slices[other]!.table === wanted)
  const isOneRow = key.every((part) => given.some(({ path }) => path.join('.') === part))
  // Without a key nothing is known; where all that is in a record is its key, or a slice is of one row alone, no row leaves one.
  if (slice.refresh === undefined || job.sweep !== null || isOneRow || key.includes(wholeRecord)) return []
  return pathsOf(slice)
    .filter(([path]) => !key.includes(path.join('.')))
    .map(([path, steps]) => ({
      code: 'SLICE_REFRESH_PATH',
      severity: 'warning',
      message: `${slice.parameter} of ${job.source}.${job.table} is refreshed on_change by ${path.join('.')}, which is no part of the key of "${wanted}" (${key.join(', ')}): where a row gets another value, its former slice is not asked for again`,
      hint: 'Where that happens, declare sweep: { every: 30 } for the job, which asks for each slice after so many days, or leave refresh: on_change out.',
      location: declared.document.locate([...at, ...steps]),
    }))
}

const wholeRecord = ''

/** A part of a key as a path of a slice has it. */
function written(part: KeyPart): string {
  if ('field' in part) return part.field.join('.')
  return 'parameter' in part ? `${contextStep}.${part.parameter}` : wholeRecord
}
