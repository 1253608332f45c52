import { describe, expect, it } from 'vitest'
import { ConfigurationError } from './error.ts'
import { redact, registerSecret } from './redact.ts'

describe('redaction', () => {
  it('takes passwords out of URLs, and leaves the rest readable', () => {
    expect(redact('cannot reach postgresql://ada:s3cret@db:5432/x')).toBe(
      'cannot reach postgresql://ada:***@db:5432/x',
    )
    expect(redact('https://example.com/a:b')).toBe('https://example.com/a:b')
  })

  it('takes registered secrets out of an error where it is born', () => {
    registerSecret('very-secret-key')
    const error = new ConfigurationError({
      code: 'X',
      message: 'key very-secret-key refused',
      hint: 'very-secret-key?',
    })
    expect(error.message).toBe('key *** refused')
    expect(error.hint).toBe('***?')
  })

  it('does not take a short value for a secret, which would blot out half of every text', () => {
    registerSecret('a')
    expect(redact('a man')).toBe('a man')
  })
})
