import { expect } from 'vitest'
import type { TestDatabase } from '../packages/postgres/src/testing/index.ts'
import { createModelsProject, type ModelsProject, type Outcome } from './run-models.ts'

export const spokes = [
  'patient_observations',
  'patient_interventions',
  'patient_vitals',
  'patient_conditions',
  'patient_allergies',
  'patient_medications',
  'patient_immunizations',
] as const

/** The project of the repository on a database whose bronze was written by hand. */
export interface ClinicalProject {
  readonly files: ModelsProject
  /** `models run` of a selection, which lands nothing and succeeds. */
  run(selection: string, ...words: readonly string[]): Promise<Outcome>
  /** `models build`: with its tests. */
  build(selection: string, ...words: readonly string[]): Promise<Outcome>
}

export function createClinicalProject(own: TestDatabase): ClinicalProject {
  const files = createModelsProject('clinical', { DATABASE_URL: own.url })
  const succeeds = async (...words: readonly string[]) => {
    const outcome = await files.run(...words, '--no-extract')
    expect(outcome, outcome.stdout + outcome.stderr).toMatchObject({ code: 0 })
    return outcome
  }
  return {
    files,
    run: (selection, ...words) => succeeds('run', '--select', selection, ...words),
    build: (selection, ...words) => succeeds('build', '--select', selection, ...words),
  }
}
