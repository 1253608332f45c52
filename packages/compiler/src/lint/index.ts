export { type LintLevel, type LintRuleId, lintRuleIds, lintRuleLevels } from '../project/lint-settings.ts'
export { type LintOptions, type LintResult, lintProject } from './lint-project.ts'
export { rulesNamed } from './rules-named.ts'
