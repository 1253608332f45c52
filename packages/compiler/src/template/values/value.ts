import type { Location } from '@strata/core'
import type { BinaryOperator, BlockTag, Signature, SourceText, Statement } from '../syntax/template.ts'
import type { TemplateError } from '../template-error.ts'

/**
 * What a template computes with: Python's values, of which none gives a way to a JavaScript object.
 * None is null; an int is a safe integer, or a bigint beyond; a list is an array; everything else says its `kind`.
 */
export type Value = null | boolean | number | bigint | string | Value[] | Structure

export type Structure =
  | Float
  | Tuple
  | Dict
  | SetValue
  | Undefined
  | Namespace
  | Loop
  | Macro
  | HostFunction
  | HostObject

/** A Python float; wrapped, so that `1.0` and `1` stay apart. */
export interface Float {
  readonly kind: 'float'
  readonly value: number
  /** What it prints, where the number came with digits of its own: a numeric of the database. */
  readonly digits?: string
}

export interface Tuple {
  readonly kind: 'tuple'
  readonly items: readonly Value[]
  /** Names of the items, for `group.grouper` and `group.list`. */
  readonly names?: readonly string[]
}

/** Equal Python keys (1, 1.0, True) have equal hash keys. */
export type HashKey = string | number | bigint | null | object

export interface Dict {
  readonly kind: 'dict'
  readonly entries: Map<HashKey, [key: Value, value: Value]>
}

export interface SetValue {
  readonly kind: 'set'
  readonly entries: Map<HashKey, Value>
}

/**
 * What a name or attribute that is not there gives. It may be tested, compared and passed on; it is empty as text and as
 * a list; computing with it, calling it and asking it for attributes is an error.
 */
export interface Undefined {
  readonly kind: 'undefined'
  /** `'x' is undefined` */
  readonly message: string
  /** The error for what needs a value. */
  readonly fault: () => TemplateError
  /**
   * Called where it stands in for a value: throws when the render is strict; else complains where it becomes text, and
   * is silent where it is counted, iterated or looked up, as Jinja is.
   */
  readonly use: (as: 'text' | 'empty') => void
}

export interface Namespace {
  readonly kind: 'namespace'
  readonly attributes: Map<string, Value>
}

/** The `loop` of a for statement. */
export interface Loop {
  readonly kind: 'loop'
  readonly attribute: (name: string) => Value | undefined
  /** `loop(children)`, in a recursive loop. */
  readonly recurse: ((children: Value) => Value) | null
}

export interface Macro {
  readonly kind: 'macro'
  readonly name: string
  readonly tag: BlockTag | 'caller'
  readonly signature: Signature
  readonly body: readonly Statement[]
  readonly source: SourceText
  /** Where the names of the body are looked up; null: in the context of the render that calls it. */
  readonly scope: Scope | null
}

/** Variables of one block, and those around it. */
export interface Scope {
  readonly variables: Map<string, Value>
  readonly parent: Scope | null
  readonly context: TemplateContext
}

/** The names a template sees beside its own; a Map of values is one. */
export interface TemplateContext {
  get(name: string): Value | undefined
  /** For near misses. */
  keys(): Iterable<string>
}

export interface Arguments {
  readonly positional: readonly Value[]
  readonly keyword: ReadonlyMap<string, Value>
}

/** What a host function is called with. */
export interface HostArguments extends Arguments {
  /** Where the call stands. */
  readonly location: Location
  /** Calls a macro or function that came as an argument: `keyword.get('caller')` of a call block, for instance. */
  readonly call: (callee: Value, positional?: readonly Value[], keyword?: ReadonlyMap<string, Value>) => Value
  /** Counts work against the step limit of the render. */
  readonly charge: (steps: number) => void
}

export interface HostFunction {
  readonly kind: 'function'
  readonly name: string
  readonly call: (args: HostArguments) => Value
}

/** An object of the host: has exactly the attributes it hands out, and the text it prints. */
export interface HostObject {
  readonly kind: 'object'
  /** For error messages: `relation`. */
  readonly type: string
  readonly attribute: (name: string) => Value | undefined
  readonly names: () => Iterable<string>
  readonly text: (() => string) | null
  readonly item: ((key: Value) => Value | undefined) | null
  readonly iterate: (() => readonly Value[]) | null
  readonly call: ((args: HostArguments) => Value) | null
  readonly truthy: (() => boolean) | null
  /** Two objects of one type with one identity are equal; null: each equals itself alone. */
  readonly identity: string | null
  readonly mapping: boolean
  /** How it shows inside of a list; null: as its text. */
  readonly repr: (() => string) | null
  /** `'{:%Y}'.format(object)` */
  readonly format: ((specification: string) => string) | null
  /** `object + other`, or `other + object` when reflected; undefined where that has no meaning. */
  readonly operate: ((operator: BinaryOperator, other: Value, reflected: boolean) => Value | undefined) | null
  /** Negative, zero or positive; undefined for what it cannot be compared with. */
  readonly order: ((other: Value) => number | undefined) | null
}
