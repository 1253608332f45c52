import type { FileJob, TableJob } from '@strata/core'
import type { JobRun } from '../run/job-run.ts'
import type { InstanceOutcome, LandInstanceOptions } from '../run/land-instance.ts'
import type { TableSource } from './table-source.ts'

export interface LandTableOptions extends LandInstanceOptions {
  readonly job: TableJob | FileJob
  readonly source: TableSource
}

export async function landTable(_options: LandTableOptions, _run: JobRun): Promise<InstanceOutcome> {
  throw new Error('not there yet')
}
