import {
  cursorDefaults,
  fileJobDefaults,
  jobDefaults,
  tableJobDefaults,
  tableWatermarkDefaults,
} from '@strata/core'
import * as z from 'zod'
import { paging } from './paging.ts'
import { path, text } from './parts.ts'

const secondsADay = 24 * 60 * 60

function isBelow(path: string): boolean {
  return !/^[/\\~]|^[A-Za-z]:|(?:^|[/\\])\.\.(?:[/\\]|$)/.test(path)
}

const everyJob = {
  id: z.int().min(1).nullish().describe('The known id in dw_etl_jobs, held by the first instance.'),
  name: text.nullish().describe('Its name in dw_etl_jobs.'),
  max_deleted_share: z
    .number()
    .min(0)
    .max(1)
    .default(jobDefaults.maxDeletedShare)
    .describe('The greatest share of the records of an instance that one walk may find gone.'),
  refresh_after: z.number().min(0).nullish().describe('Seconds for which a landing counts as fresh.'),
  active: z.boolean().default(true).describe('false: it does not land.'),
  reason: text.nullish().describe('Why it is not active.'),
}

const endpointJob = z.strictObject({
  ...everyJob,
  endpoint: text
    .startsWith('/', 'an endpoint begins with /')
    .optional()
    .describe('Left out where nobody knows it: then the job is not active.'),
  params: z
    .record(z.string(), z.union([text, z.number(), z.boolean()]))
    .default({})
    .describe('Further query parameters of each request.'),
  data_selector: path
    .nullish()
    .describe('Where the list of records stands in an answer, for instance data.items.'),
  paging: paging.nullish().describe('How the next page is asked for. Default: as the connector says.'),
  key: z
    .union(
      [
        z.literal('row'),
        text.transform((name) => [name]),
        z
          .array(
            z.union([
              text,
              z.strictObject({ field: path.describe('A field of the record, by its path.') }),
              z.strictObject({ parameter: text.describe('A parameter by which it was asked for.') }),
            ]),
          )
          .min(1),
      ],
      'a key is a list of fields and parameters, or the word row: the record as a whole',
    )
    .default(['id'])
    .describe(
      'What tells two records apart: fields, and parameters of the endpoint. row: the record as a whole, where nothing else does.',
    ),
  slices: z
    .array(
      z.strictObject({
        parameter: text.describe('The place in the endpoint that it fills.'),
        table: text.describe('The table whose records give the values.'),
        path: path.default('id').describe('Where in its records the value stands.'),
        match: z
          .record(z.string(), path)
          .default({})
          .describe('Earlier parameters, each with the path in this table that must equal it.'),
        refresh: z
          .enum(['always', 'on_change'])
          .default('always')
          .describe(
            'always: each run asks for every value. on_change: only for those whose row in this table was written since.',
          ),
      }),
    )
    .default([])
    .describe(
      'Where the values of the path parameters come from: a JSON path in a landed table of the same source.',
    ),
  cursor: z
    .strictObject({
      field: text.describe('The field with the time of the last change.'),
      lookback: z.number().min(0).default(cursorDefaults.lookbackSeconds).describe('Seconds.'),
      format: z
        .enum([
          'iso_utc',
          'iso_offset',
          'iso_naive',
          'date',
          'quoted',
          'datetime',
          'datetimeoffset',
          'epoch_seconds',
          'epoch_ms',
        ])
        .nullish()
        .describe('How the API wants the instant in a filter. Default: as the probe found it, else iso_utc.'),
      start_param: text
        .nullish()
        .describe('The query parameter that takes the lower bound. Default: $filter.'),
      min: text.nullish().describe('Change times outside min … max move no watermark.'),
      max: text.nullish().describe('See min.'),
      on_cursor_value_missing: z
        .enum(['include', 'exclude', 'raise'])
        .default(cursorDefaults.onMissing)
        .describe('Records without a change time.'),
    })
    .nullish(),
  window: z
    .strictObject({
      field: text.describe('The field whose dates are walked.'),
      from: text.regex(/^\d{4}-\d{2}-\d{2}$/, 'a date looks like 2015-01-31').describe('The first day.'),
      days: z.int().min(1).default(90).describe('Days of one piece.'),
      ahead: z.int().min(0).default(365).describe('Days beyond today.'),
    })
    .nullish()
    .describe('A full walk in pieces of so many days, for an endpoint that times out on wide ranges.'),
  sweep: z
    .union([z.literal(false), z.strictObject({ every: z.number().positive().describe('Days.') })])
    .nullish()
    .describe(
      'How often everything is walked again, to find what is gone and what increments missed. Default with a cursor: every 7 days; false: never.',
    ),
  page_size: z.int().min(1).max(100_000).default(jobDefaults.pageSize).describe('Records asked for at once.'),
})

/** What lands in a source's table from an endpoint, and how it is asked for. */
export const endpointJobSchema = endpointJob.refine(
  ({ active, endpoint }) => endpoint !== undefined || !active,
  {
    message: 'a job names its endpoint; where nobody knows it, say active: false',
    path: ['endpoint'],
  },
)

const column = text.min(1, 'a column has a name')
const bound = z.union([
  text.regex(
    /^(?:\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?)?|-?\d+)$/,
    'a bound is a date (2000-01-31), a time (2000-01-31 12:00) or a whole number',
  ),
  z.int(),
])
const watermarkColumns = z
  .array(
    z.union([
      column,
      z.strictObject({
        name: column.describe('Of the column.'),
        min: bound.nullish().describe('As min below, for this column.'),
        max: bound.nullish().describe('As max below, for this column.'),
      }),
    ]),
  )
  .min(1, 'name at least one column')

/** What lands in a source's table from a table of a database. */
export const tableJobSchema = z.strictObject({
  ...everyJob,
  relation: text
    .nullish()
    .describe(
      'The table there, with its schema or database where it is another: shop.orders. Default: the name of the table.',
    ),
  key: z
    .union([column.transform((name) => [name]), z.array(column).min(1)])
    .describe('The columns that tell two rows apart.'),
  exclude_columns: z.array(column).default([]).describe('Columns that are not read.'),
  watermark: z
    .strictObject({
      columns: z
        .union([column.transform((name) => [name]), watermarkColumns])
        .describe('Columns that say when a row was changed, most reliable first.'),
      logic: z
        .enum(['or', 'and'])
        .default(tableWatermarkDefaults.logic)
        .describe('or: a row is new where one of the columns says so. and: where all do.'),
      lookback: z
        .number()
        .min(0)
        .default(tableWatermarkDefaults.lookbackSeconds)
        .describe('Seconds read again below the watermarks.'),
      min: bound
        .nullish()
        .describe('Values below it are not believed: they move no watermark and select no row.'),
      max: bound.nullish().describe('Values above it are not believed.'),
      on_cursor_value_missing: z
        .enum(['include', 'exclude', 'raise'])
        .default(tableWatermarkDefaults.onMissing)
        .describe('Rows that have no value in any of the columns.'),
    })
    .nullish()
    .describe('How changed rows are found. Without it every load reads everything, and compares.'),
  sweep: z
    .union([
      z.literal(false),
      z.strictObject({
        every: z
          .number()
          .positive()
          .default(tableJobDefaults.sweep.everySeconds / secondsADay)
          .describe('Days.'),
        compare: z
          .enum(['keys', 'rows'])
          .default(tableJobDefaults.compare)
          .describe('keys: finds what is gone or missing. rows: also what changed unseen.'),
      }),
    ])
    .nullish()
    .describe('How often all keys, or all rows, are compared. Default: the keys, every day.'),
  on_mismatch: z
    .enum(['fail', 'full_load'])
    .default(tableJobDefaults.onMismatch)
    .describe('When a load turns out to have missed rows.'),
  chunk_rows: z
    .int()
    .min(1)
    .max(1_000_000)
    .default(tableJobDefaults.chunkRows)
    .describe('Rows that land in one transaction.'),
})

/** What lands in a source's table from files. */
export const fileJobSchema = z.strictObject({
  ...everyJob,
  files: text
    .min(1)
    .refine(isBelow, 'a path below the folder of the instance, without ..')
    .describe('A path or pattern below the folder of the instance: exports/patients-*.csv'),
  key: z
    .union([column.transform((name) => [name]), z.array(column).min(1)])
    .describe('The columns that tell two rows apart.'),
  delimiter: text.min(1).default(fileJobDefaults.delimiter).describe('Between two values of a line.'),
  encoding: text.default(fileJobDefaults.encoding).describe('utf-8, windows-1252, …'),
  columns: z
    .array(column)
    .min(1)
    .nullish()
    .describe('Names of the columns, for files whose first line does not have them.'),
  null_values: z
    .array(text)
    .default([...fileJobDefaults.nullValues])
    .describe('Texts that stand for null where they are not quoted.'),
})
