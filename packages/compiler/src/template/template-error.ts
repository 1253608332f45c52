import { type Diagnostic, type Location, StrataError } from '@strata/core'

/** Stable codes of the complaints about templates. Host functions may add codes of their own. */
export type TemplateErrorCode =
  | 'TEMPLATE_SYNTAX'
  | 'TEMPLATE_UNCLOSED'
  | 'TEMPLATE_UNKNOWN_TAG'
  | 'TEMPLATE_UNSUPPORTED'
  | 'TEMPLATE_UNDEFINED'
  | 'TEMPLATE_TYPE'
  | 'TEMPLATE_VALUE'
  | 'TEMPLATE_ARGUMENTS'
  | 'TEMPLATE_UNKNOWN_FILTER'
  | 'TEMPLATE_UNKNOWN_TEST'
  | 'TEMPLATE_RETURN_OUTSIDE_MACRO'
  | 'TEMPLATE_STEP_LIMIT'
  | 'TEMPLATE_SIZE_LIMIT'
  | 'TEMPLATE_RECURSION'

export interface TemplateErrorOptions {
  /** Default: `TEMPLATE_VALUE`. */
  readonly code?: TemplateErrorCode | (string & {})
  readonly hint?: string | undefined
  /** Where the fault is, when that is not the call itself. */
  readonly location?: Location | undefined
  readonly related?: Diagnostic['related']
  readonly cause?: unknown
}

/** A template cannot go on. Thrown inside a render, also by host functions; the render makes a diagnostic of it. */
export class TemplateError extends StrataError {
  readonly location: Location | undefined
  readonly related: Diagnostic['related']

  constructor(message: string, options: TemplateErrorOptions = {}) {
    super({ code: options.code ?? 'TEMPLATE_VALUE', message, hint: options.hint, cause: options.cause })
    this.location = options.location
    this.related = options.related
  }
}

export function typeError(message: string, hint?: string): TemplateError {
  return new TemplateError(message, { code: 'TEMPLATE_TYPE', hint })
}
