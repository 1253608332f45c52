import type { LintRuleId } from '../project/lint-settings.ts'
import type { Rule } from './rule.ts'
import { ambiguousColumn } from './rules/ambiguous-column.ts'
import { bronzeInGold } from './rules/bronze-in-gold.ts'
import { filteredOuterJoin } from './rules/filtered-outer-join.ts'
import { hardCodedRelation } from './rules/hard-coded-relation.ts'
import { joinWithoutCondition } from './rules/join-without-condition.ts'
import { missingDescription } from './rules/missing-description.ts'
import { missingUniqueTest } from './rules/missing-unique-test.ts'
import { notInSubquery } from './rules/not-in-subquery.ts'
import { nullComparison } from './rules/null-comparison.ts'
import { phiInGold } from './rules/phi-in-gold.ts'
import { selectStar } from './rules/select-star.ts'
import { unusedCte } from './rules/unused-cte.ts'

/** `off-switch` looks at comments, when the others are done. */
type NodeRuleId = Exclude<LintRuleId, 'off-switch'>

const byId: { readonly [id in NodeRuleId]: Rule } = {
  'select-star': selectStar,
  'unused-cte': unusedCte,
  'missing-description': missingDescription,
  'missing-unique-test': missingUniqueTest,
  'hard-coded-relation': hardCodedRelation,
  'bronze-in-gold': bronzeInGold,
  'join-without-condition': joinWithoutCondition,
  'ambiguous-column': ambiguousColumn,
  'phi-in-gold': phiInGold,
  'null-comparison': nullComparison,
  'not-in-subquery': notInSubquery,
  'filtered-outer-join': filteredOuterJoin,
}

/** Every rule that looks at nodes. */
export const rules = Object.entries(byId).map(([id, rule]) => ({ id: id as NodeRuleId, rule }))
