import type { EditSpec } from '../edits/edit-spec.ts'

/** Which requests a fault meets. What changes records themselves knows `path`, `instance`, `rate` and `seed` alone. */
export interface FaultScope {
  /** Path below the instance; a star stands for anything within a part, two for anything. Default: every path. */
  readonly path?: string
  /** The instance's name. Default: every one. */
  readonly instance?: string
  /** Share of the requests (of the records, of what changes records), 0 to 1. Default 1. */
  readonly rate?: number
  /** Another number meets others. Default 1. */
  readonly seed?: number
  /** From this request on, of those that the fault is about. The first, and the default, is 1. */
  readonly from?: number
  /** Only so many of them. Default: all. */
  readonly first?: number
  /** Only requests with this query option. */
  readonly option?: QueryOption
  /** Only requests for more records than this at once. */
  readonly topAbove?: number
  /** Only requests whose `$filter` spans more days than this; one without two dates spans all. */
  readonly daysAbove?: number
  /** Only requests whose query, decoded, this regular expression finds something in: ` (and|or) `. */
  readonly queryMatches?: string
}

export type QueryOption = '$orderby' | '$filter' | '$count' | '$top' | '$skip' | '$select'

/** One fault, as plain data. */
export type FaultSpec = FaultScope & FaultKind

export type FaultKind =
  | RefusalFault
  | OptionFault
  | PagingFault
  | PageFault
  | BodyFault
  | ConnectionFault
  | RecordFault
  | { readonly kind: 'mutate'; readonly edits: readonly EditSpec[] }

type RefusalFault =
  | {
      readonly kind: 'status'
      readonly status: number
      /** Seconds. */
      readonly retryAfter?: number
      /** Default `seconds`; a date is by the simulated clock, as the Date header is. */
      readonly retryAfterForm?: 'seconds' | 'date'
    }
  | {
      readonly kind: 'refuse_option'
      readonly options: readonly QueryOption[]
      /** 400 or 501. Default 501. */
      readonly status?: number
    }
  | { readonly kind: 'cursor_format'; readonly format: CursorFormatName }
  | {
      readonly kind: 'redirect'
      /** Another origin; default: the same one. */
      readonly origin?: string
      /** Default 307. */
      readonly status?: number
    }

export type CursorFormatName =
  | 'iso_utc'
  | 'iso_offset'
  | 'iso_naive'
  | 'date'
  | 'quoted'
  | 'datetime'
  | 'datetimeoffset'

type OptionFault =
  | { readonly kind: 'ignore_option'; readonly options: readonly QueryOption[] }
  /** `$skip` (or a next link) leads to the first page for ever. */
  | { readonly kind: 'same_page' }
  /** `$orderby` is ignored, and the order is nobody's choice. */
  | { readonly kind: 'unordered' }
  /** Fewer records than asked for, though there are more. */
  | { readonly kind: 'short_page'; readonly missing?: number }

type PagingFault =
  | { readonly kind: 'cap_top'; readonly top: number; readonly nextLink?: boolean }
  | {
      readonly kind: 'next_link'
      readonly size?: number
      readonly form?: 'absolute' | 'path' | 'relative'
      readonly by?: 'key' | 'offset'
      readonly name?: string
    }
  | { readonly kind: 'next_link_elsewhere'; readonly size?: number; readonly origin?: string }
  | { readonly kind: 'next_link_to_itself'; readonly size?: number }

type PageFault =
  | { readonly kind: 'no_count' }
  /** `page`: of the page alone; too high or too low `by` so many. */
  | { readonly kind: 'wrong_count'; readonly mode: 'page' | 'high' | 'low'; readonly by?: number }
  | { readonly kind: 'bare_array' }
  /** A page of one record is that record alone. */
  | { readonly kind: 'single_object' }
  /** `when`: for empty pages (the default), or for all. */
  | { readonly kind: 'value_null'; readonly when?: 'empty' | 'always' }
  | { readonly kind: 'empty_204'; readonly when?: 'empty' | 'always' }

type BodyFault =
  /** The body ends after this share of it; the length says so. */
  | { readonly kind: 'truncated_json'; readonly keep?: number }
  | { readonly kind: 'html_200'; readonly contentType?: string }
  | {
      readonly kind: 'wrong_charset'
      readonly charset?: 'latin1' | 'utf16le'
      /** Whether the content type says so. Default false: it says UTF-8. */
      readonly declared?: boolean
    }
  | { readonly kind: 'gzip'; readonly encoding?: 'gzip' | 'deflate' | 'br' }
  | { readonly kind: 'clock_skew'; readonly seconds: number }

type ConnectionFault =
  | { readonly kind: 'slow_drip'; readonly bytes?: number; readonly pauseMs?: number }
  /** Never an answer, or not before so many milliseconds. */
  | { readonly kind: 'timeout'; readonly ms?: number }
  /** The connection is cut before the answer, or within its body. */
  | { readonly kind: 'reset'; readonly at?: 'start' | 'body' }

type RecordFault =
  /** A record comes twice, and first as it was: rows are counted and skipped, not records. */
  | { readonly kind: 'duplicate_keys' }
  | {
      readonly kind: 'poison'
      /** What a page with such a record is. */
      readonly effect: 'status_500' | 'malformed' | 'nul' | 'number' | 'huge'
      /** The records; default: by `rate`. */
      readonly ids?: readonly (number | string)[]
      /** The added field that holds what Postgres refuses. Default `note`. */
      readonly field?: string
      /** Bytes of the huge text. Default 20 MB. */
      readonly bytes?: number
    }
  | {
      readonly kind: 'cursor_values'
      readonly values: readonly CursorValue[]
      /** Default `modifiedDate`. */
      readonly field?: string
    }
  | { readonly kind: 'cursor_name'; readonly name: string; readonly field?: string }
  /** All ids are texts, and `rate` of them hostile. */
  | { readonly kind: 'hostile_ids' }
  /** `field` holds numbers beyond 2^53 that no two records share; the key becomes one where it is named. Default `bigNumber`. */
  | { readonly kind: 'big_numbers'; readonly field?: string }

export type CursorValue =
  | 'null'
  | '0001-01-01'
  | '1753-01-01'
  | '9999-12-31'
  /** A day ahead. */
  | 'ahead'
  /** The same instant with another offset than `Z`. */
  | 'offsets'
  /** Without a zone. */
  | 'naive'
  /** Seven digits of a second. */
  | 'digits'
