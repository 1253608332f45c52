import { forbiddenVariable } from '@strata/core'
import { describe, expect, it } from 'vitest'
import { templateVariable } from './environment.ts'

describe('an environment variable that a template asks for', () => {
  const environment = {
    DBT_TEAM: 'red',
    DBT_ENV_SECRET_TOKEN: 'hidden',
    DATABASE_URL: 'postgresql://hidden',
    REGION: 'north',
    STRATA_TEMPLATE_ENVIRONMENT: 'REGION, DATABASE_URL',
  }

  it('is given where its name says so, the project lists it, or the environment allows it', () => {
    expect(templateVariable(environment, [], 'DBT_TEAM')).toBe('red')
    expect(templateVariable(environment, [], 'REGION')).toBe('north')
    expect(templateVariable({ HOME: '/a' }, ['HOME'], 'HOME')).toBe('/a')
    expect(templateVariable(environment, [], 'DBT_OTHER')).toBe(undefined)
  })

  it('is refused where it is a secret, the address of the database, or nobody allows it', () => {
    expect(templateVariable(environment, ['DBT_ENV_SECRET_TOKEN'], 'DBT_ENV_SECRET_TOKEN')).toBe(
      forbiddenVariable,
    )
    expect(templateVariable(environment, ['DATABASE_URL'], 'DATABASE_URL')).toBe(forbiddenVariable)
    expect(templateVariable({ HOME: '/a' }, [], 'HOME')).toBe(forbiddenVariable)
  })

  it('is not set where it is not set, whoever may read it, so that a default is given', () => {
    expect(templateVariable(environment, [], 'HOME')).toBe(undefined)
  })

  it('may hold the word forbidden', () => {
    expect(templateVariable({ DBT_WORD: 'forbidden' }, [], 'DBT_WORD')).toBe('forbidden')
  })
})
