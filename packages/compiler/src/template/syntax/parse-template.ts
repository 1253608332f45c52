import type { Diagnostic } from '@strata/core'
import { parseBody } from './parse-statement.ts'
import type { SourceText, Template } from './template.ts'
import { isSyntaxProblem, type TokenStream } from './token-stream.ts'
import { tokenize } from './tokenize.ts'

export interface ParseResult {
  /** Null when there is a syntax error. */
  readonly template: Template | null
  readonly diagnostics: readonly Diagnostic[]
}

/**
 * Parses one file of Jinja with dbt's block tags. Never throws on what a user wrote: the first mistake comes back as a
 * diagnostic. One newline at the end of the file is dropped, as Jinja does.
 */
export function parseTemplate(source: string, file: string): ParseResult {
  const text: SourceText = { file, text: source }
  const stream: TokenStream = {
    source: text,
    tokens: tokenize(text),
    index: 0,
    nesting: 0,
    opening: null,
    macros: [],
    loops: 0,
  }
  try {
    return { template: { kind: 'template', source: text, body: parseBody(stream) }, diagnostics: [] }
  } catch (problem) {
    if (!isSyntaxProblem(problem)) throw problem
    return { template: null, diagnostics: [problem.diagnostic] }
  }
}
