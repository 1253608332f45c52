import type { Diagnostic } from '@strata/core'
import { misspeltKey } from './check-config-keys.ts'
import {
  analysisConfig,
  exposureConfig,
  modelConfig,
  seedConfig,
  snapshotConfig,
  sourceConfig,
  testConfig,
  unitTestConfig,
} from './schemas/config.ts'
import type { YamlDocument, YamlPath } from './yaml-document.ts'

const schemas = {
  models: modelConfig,
  seeds: seedConfig,
  snapshots: snapshotConfig,
  sources: sourceConfig,
  analyses: analysisConfig,
  tests: testConfig,
  data_tests: testConfig,
  unit_tests: unitTestConfig,
  exposures: exposureConfig,
}

/** Warns of `+keys` in the configuration trees of a project file that look like a misspelt key. */
export function checkProjectTrees(document: YamlDocument): Diagnostic[] {
  const diagnostics: Diagnostic[] = []
  for (const [tree, { shape }] of Object.entries(schemas)) {
    const known = new Set(Object.keys(shape))
    const walk = (branch: unknown, path: YamlPath): void => {
      if (typeof branch !== 'object' || branch === null || Array.isArray(branch)) return
      for (const [key, value] of Object.entries(branch)) {
        if (!key.startsWith('+')) {
          // What is a key without a plus is a folder, a package, or configuration: all of them may be named at will.
          if (!known.has(key)) walk(value, [...path, key])
          continue
        }
        diagnostics.push(...misspeltKey(document, [...path, key], key, known, '+'))
      }
    }
    walk((document.value as Record<string, unknown>)[tree], [tree])
  }
  return diagnostics
}
