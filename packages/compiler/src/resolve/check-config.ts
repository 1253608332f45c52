import type { Diagnostic, Location } from '@strata/core'
import type { z } from 'zod'
import { checkConfigKeys } from '../project/check-config-keys.ts'
import { validate } from '../project/validate.ts'
import type { Config } from './merge-config.ts'

/** Complains of what `config()` says in a file as the schema of the YAML files would of the same options there. */
export function checkConfig(config: Config, schema: z.ZodObject, location: Location): readonly Diagnostic[] {
  if (Object.keys(config).length === 0) return []
  const document = { file: location.file, value: config, locate: () => location, locateKey: () => location }
  const known = new Set(Object.keys(schema.shape))
  const slips = checkConfigKeys(document, config, known, [])
  return [...slips, ...validate(document, schema, config, ['config']).diagnostics]
}
