import type { SimulatedRecord } from '../content/value.ts'
import type { FieldType, Schema } from '../entities/collection.ts'
import { comparable, typeAt, valueAt } from './field-path.ts'
import type { ComparisonOperator, Filter, LiteralType } from './filter.ts'
import { malformed, unsupported } from './refusal.ts'

export interface CompiledFilter {
  /** The properties that it looks at. */
  readonly paths: readonly (readonly string[])[]
  /** Of a record, or of what is there of it, with datetimes as text or ms. */
  matches(record: SimulatedRecord): boolean
  /** The parts that all must be true, in order; a filter without `and` is its own only part. */
  readonly conjuncts: readonly Conjunct[]
}

export interface Conjunct {
  readonly paths: readonly (readonly string[])[]
  matches(record: SimulatedRecord): boolean
  /** The same for the same condition, wherever it stands. */
  readonly text: string
  /** Where it compares one property with one value. */
  readonly bound: Bound | null
}

/** `id gt 17` */
export interface Bound {
  readonly path: readonly string[]
  readonly operator: ComparisonOperator
  readonly value: null | number | bigint | string
}

type Operand = null | boolean | number | bigint | string
type OperandType = FieldType | LiteralType | 'object'

interface Expression {
  readonly type: OperandType
  evaluate(record: SimulatedRecord): Operand
}

/** Checks a filter against the types of the fields. Throws a `Refusal` where they do not fit. */
export function compileFilter(filter: Filter, schema: Schema): CompiledFilter {
  const conjuncts = conjunctsOf(filter).map((part): Conjunct => {
    const { paths, matches } = compileCondition(part, schema)
    return { paths, matches, text: textOf(part), bound: boundOf(part) }
  })
  return { ...compileCondition(filter, schema), conjuncts }
}

function conjunctsOf(filter: Filter): readonly Filter[] {
  if (filter.kind !== 'logical' || filter.operator !== 'and') return [filter]
  return [...conjunctsOf(filter.left), ...conjunctsOf(filter.right)]
}

function textOf(filter: Filter): string {
  return JSON.stringify(filter, (name, value: unknown) =>
    name === 'at' ? undefined : typeof value === 'bigint' ? `${value}n` : value,
  )
}

const mirrored = { eq: 'eq', ne: 'ne', gt: 'lt', ge: 'le', lt: 'gt', le: 'ge' } as const

function boundOf(filter: Filter): Bound | null {
  if (filter.kind !== 'comparison') return null
  const { left, right, operator } = filter
  if (left.kind === 'literal' && right.kind === 'path') {
    return boundOf({ ...filter, operator: mirrored[operator], left: right, right: left })
  }
  if (left.kind !== 'path' || right.kind !== 'literal') return null
  const { value } = right
  if (typeof value === 'boolean') return null
  return { path: left.path, operator, value }
}

function compileCondition(filter: Filter, schema: Schema): Pick<CompiledFilter, 'paths' | 'matches'> {
  const paths: (readonly string[])[] = []

  const compile = (node: Filter): Expression => {
    switch (node.kind) {
      case 'literal':
        return { type: node.type, evaluate: () => node.value }
      case 'path': {
        const type = typeAt(schema, node.path, '$filter')
        paths.push(node.path)
        return { type, evaluate: (record) => comparable(valueAt(record, node.path), type) }
      }
      case 'not': {
        const operand = condition(compile(node.operand), node.operand.at)
        return { type: 'boolean', evaluate: (record) => negate(operand.evaluate(record)) }
      }
      case 'logical': {
        const left = condition(compile(node.left), node.left.at)
        const right = condition(compile(node.right), node.right.at)
        const join = node.operator === 'and' ? conjunction : disjunction
        return {
          type: 'boolean',
          evaluate: (record) => join(left.evaluate(record), () => right.evaluate(record)),
        }
      }
      case 'comparison': {
        const left = compile(node.left)
        const right = compile(node.right)
        checkComparison(left.type, right.type, node.operator, node.at)
        const compare = comparisons[node.operator]
        return {
          type: 'boolean',
          evaluate: (record) => compare(left.evaluate(record), right.evaluate(record)),
        }
      }
    }
  }

  const whole = condition(compile(filter), filter.at)
  return { paths, matches: (record) => whole.evaluate(record) === true }
}

/** As OData has it: null equals null alone, and is neither less nor greater than anything. */
const comparisons: { readonly [O in ComparisonOperator]: (left: Operand, right: Operand) => boolean } = {
  eq: (left, right) => isEqual(left, right),
  ne: (left, right) => !isEqual(left, right),
  gt: (left, right) => left !== null && right !== null && left > right,
  ge: (left, right) => left !== null && right !== null && left >= right,
  lt: (left, right) => left !== null && right !== null && left < right,
  le: (left, right) => left !== null && right !== null && left <= right,
}

/** Not `===`, because 1 and 1n are one number here. */
function isEqual(left: Operand, right: Operand): boolean {
  if (left === null || right === null) return left === right
  return !(left < right) && !(left > right)
}

function negate(value: Operand): Operand {
  return value === null ? null : value !== true
}

function conjunction(left: Operand, right: () => Operand): Operand {
  if (left === false) return false
  const other = right()
  return other === false ? false : left === null || other === null ? null : true
}

function disjunction(left: Operand, right: () => Operand): Operand {
  if (left === true) return true
  const other = right()
  return other === true ? true : left === null || other === null ? null : false
}

function condition(expression: Expression, at: number): Expression {
  if (expression.type === 'boolean' || expression.type === 'null') return expression
  throw malformed(`A condition is expected at character ${at} of $filter, not a ${expression.type}.`)
}

function checkComparison(
  left: OperandType,
  right: OperandType,
  operator: ComparisonOperator,
  at: number,
): void {
  if (left === 'collection' || right === 'collection') {
    throw unsupported(`Collections are not compared, at character ${at} of $filter.`)
  }
  const isOrdered = operator !== 'eq' && operator !== 'ne'
  const oneIs = (type: OperandType): boolean => left === type || right === type
  if (isOrdered && (oneIs('boolean') || oneIs('object'))) {
    throw malformed(
      `A ${oneIs('object') ? 'object' : 'boolean'} has no order: ${operator} at character ${at} of $filter.`,
    )
  }
  if (left !== right && !oneIs('null') && !oneIs('any')) {
    throw malformed(`A ${left} is not comparable with a ${right}: ${operator} at character ${at} of $filter.`)
  }
  if (left === 'object' && right === 'object') {
    throw unsupported(`Objects are compared with null only, at character ${at} of $filter.`)
  }
}
