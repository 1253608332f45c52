import * as z from 'zod'
import type { columnSchema } from './schemas/column.ts'
import type {
  apiConnectorSchema,
  databaseConnectorSchema,
  filesConnectorSchema,
} from './schemas/connector.ts'
import type { endpointJobSchema, fileJobSchema, tableJobSchema } from './schemas/job.ts'
import { modelSchema } from './schemas/model.ts'
import type { constraint } from './schemas/parts.ts'
import {
  analysisSchema,
  exposureSchema,
  groupSchema,
  looseSchema,
  macroSchema,
  seedSchema,
  singularTestSchema,
  snapshotSchema,
} from './schemas/resources.ts'
import { sourceSchema, sourceSchemaFor } from './schemas/source.ts'
import { unitTestSchema } from './schemas/unit-test.ts'

/** The lists of a properties file, and what an entry of each is. */
export const entrySchemas = {
  models: modelSchema,
  sources: sourceSchema,
  seeds: seedSchema,
  snapshots: snapshotSchema,
  analyses: analysisSchema,
  macros: macroSchema,
  exposures: exposureSchema,
  groups: groupSchema,
  unit_tests: unitTestSchema,
  data_tests: singularTestSchema,
  tests: singularTestSchema,
  metrics: looseSchema,
  semantic_models: looseSchema,
  saved_queries: looseSchema,
  functions: looseSchema,
} as const

export type Block = keyof typeof entrySchemas

/** The schema of an entry of a list, which may depend on what stands in it. */
export function schemaOfEntry(block: Block, entry: unknown): z.ZodType {
  return block === 'sources' ? sourceSchemaFor(entry) : entrySchemas[block]
}

const head = {
  version: z.literal(2, 'properties files are version: 2').nullish(),
  anchors: z.unknown().optional().describe('Pieces of YAML that aliases elsewhere in the file repeat.'),
}

function lists<Entry extends z.ZodType>(entry: (block: Block) => Entry) {
  const blocks = Object.keys(entrySchemas) as Block[]
  return Object.fromEntries(blocks.map((block) => [block, z.array(entry(block)).nullish()])) as Record<
    Block,
    z.ZodOptional<z.ZodNullable<z.ZodArray<Entry>>>
  >
}

/** The top of a properties file alone: so that an entry with an error in it costs the others nothing. */
export const propertiesTopSchema = z.strictObject({ ...head, ...lists(() => z.unknown()) })

/** A properties file: dbt's `version: 2` YAML, plus `connector:` and `job:` in sources. */
export const propertiesSchema = z.strictObject({ ...head, ...lists((block) => entrySchemas[block]) })

export type ModelProperties = z.output<typeof modelSchema>
export type VersionProperties = NonNullable<ModelProperties['versions']>[number]
export type SourceProperties = z.output<typeof sourceSchema>
export type TableProperties = NonNullable<SourceProperties['tables']>[number]
export type ConstraintProperties = z.output<typeof constraint>
export type ColumnProperties = z.output<typeof columnSchema>
export type SeedProperties = z.output<typeof seedSchema>
export type SnapshotProperties = z.output<typeof snapshotSchema>
export type AnalysisProperties = z.output<typeof analysisSchema>
export type MacroProperties = z.output<typeof macroSchema>
export type ExposureProperties = z.output<typeof exposureSchema>
export type GroupProperties = z.output<typeof groupSchema>
export type LooseProperties = z.output<typeof looseSchema>
export type UnitTestProperties = z.output<typeof unitTestSchema>
export type SingularTestProperties = z.output<typeof singularTestSchema>
export type EndpointJobProperties = z.output<typeof endpointJobSchema>
export type TableJobProperties = z.output<typeof tableJobSchema>
export type FileJobProperties = z.output<typeof fileJobSchema>
export type JobProperties = EndpointJobProperties | TableJobProperties | FileJobProperties
export type ApiConnectorProperties = z.output<typeof apiConnectorSchema>
export type ConnectorProperties =
  | ApiConnectorProperties
  | z.output<typeof databaseConnectorSchema>
  | z.output<typeof filesConnectorSchema>
