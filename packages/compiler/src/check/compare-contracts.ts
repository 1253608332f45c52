import { type Diagnostic, type ModelNode, quoteRelation, type RelationName, type Session } from '@strata/core'
import { changeColumn } from '../materialize/build/change-column.ts'
import { type ComparedColumn, compareTypes } from '../materialize/contract/compare-types.ts'
import { didYouMean, nearMisses } from '../project/near-misses.ts'

export interface ContractToCompare {
  readonly node: ModelNode
  /** Where the declared columns stand, and where those that its SELECT yields. */
  readonly declared: RelationName
  readonly found: RelationName
}

/** What the SELECT of a model yields otherwise than its contract declares, an error a column. */
export async function compareContract(
  session: Session,
  { node, declared, found }: ContractToCompare,
): Promise<readonly Diagnostic[]> {
  const { rows } = await session.query<ComparedColumn>(
    compareTypes(quoteRelation(declared), quoteRelation(found)),
  )
  const wrong = rows.filter(({ name, fits }) => !fits && name !== changeColumn)
  const surplus = wrong.filter((column) => column.declared === null).map(({ name }) => name)
  const missing = wrong.filter((column) => column.found === null).map(({ name }) => name)
  // One that is called otherwise is told where it is declared.
  const renamed = new Set(missing.flatMap((name) => nearMisses(name, surplus).slice(0, 1)))
  const told = wrong.filter(({ name, declared }) => declared !== null || !renamed.has(name))
  return told.map((column): Diagnostic => {
    const { name } = column
    const location =
      node.contract!.columns!.find((one) => one.name === name)?.location ?? node.contract!.location
    const yielded = (missed: string) => {
      const [near] = nearMisses(missed, surplus)
      return near === undefined
        ? undefined
        : `It yields ${near}, which is not declared: call one like the other.`
    }
    const common = { code: 'CONTRACT_VIOLATED', severity: 'error', location } as const
    if (column.found === null)
      return {
        ...common,
        message: `the contract of ${node.name} declares ${name}, which its SELECT does not yield`,
        hint: yielded(name) ?? 'Yield it, or take it out of the contract.',
      }
    if (column.declared === null)
      return {
        ...common,
        message: `${node.name} yields ${name} (${column.found}), which its contract does not declare`,
        hint: didYouMean(name, missing) ?? `Declare it with data_type: ${column.found}, or leave it out.`,
      }
    return {
      ...common,
      message: `the contract of ${node.name} declares ${name} as ${column.declared}, and its SELECT yields ${column.found}`,
      hint: `Cast it, ${name}::${column.declared}, or declare data_type: ${column.found}.`,
    }
  })
}
