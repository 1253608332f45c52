import type { Comparison } from './compare-recordings.ts'
import type { Recording } from './recording.ts'

/** The comparison as lines of text: a summary first, then everything that is not as expected. */
export function printComparison(
  expected: Recording,
  actual: Recording,
  comparison: Comparison,
): readonly string[] {
  const { relations, tests, added } = comparison
  const count = <T extends { readonly verdict: string }>(list: readonly T[], verdict: T['verdict']) =>
    list.filter((entry) => entry.verdict === verdict).length
  const retyped = relations.filter(({ types }) => types.length > 0)
  return [
    `relations  ${relations.length} compared: ${count(relations, 'equal')} equal, ${count(relations, 'different')} different, ${count(relations, 'missing')} missing; ${retyped.length} with other column types`,
    `tests      ${tests.length} compared: ${count(tests, 'same')} same, ${count(tests, 'different')} different, ${count(tests, 'missing')} missing`,
    `seconds    ${expected.tool} ${seconds(expected)}, ${actual.tool} ${seconds(actual)}`,
    ...(added.length === 0
      ? []
      : [`added      ${added.length} nodes that ${expected.tool} does not have: ${added.join(', ')}`]),
    ...complaints(actual),
    ...relations
      .filter(({ verdict }) => verdict !== 'equal')
      .flatMap(({ id, verdict, differences, message }) => [
        `${verdict.padEnd(10)} ${id}`,
        ...differences.map((difference) => `           ${difference}`),
        ...(message === null ? [] : [`           ${firstLine(message)}`]),
      ]),
    ...retyped.flatMap(({ id, types }) => [`types      ${id}`, ...types.map((type) => `           ${type}`)]),
    ...tests
      .filter(({ verdict }) => verdict !== 'same')
      .map(
        ({ id, verdict, expected: wanted, found, message }) =>
          `${verdict.padEnd(10)} ${id}: ${wanted}, found ${found ?? 'no result'}${message === null ? '' : ` (${firstLine(message)})`}`,
      ),
  ]
}

function complaints(recording: Recording): readonly string[] {
  const seen = new Set<string>()
  const lines: string[] = []
  for (const run of recording.commands) {
    if (run.exitCode !== 0) lines.push(`exit ${run.exitCode}     ${run.name}`)
    for (const { code, message, place } of run.complaints) {
      const line = `complaint  ${code} ${place ?? ''} ${message}`
      if (!seen.has(line)) lines.push(line)
      seen.add(line)
    }
  }
  return lines
}

function seconds(recording: Recording): string {
  return recording.commands.reduce((sum, run) => sum + run.seconds, 0).toFixed(1)
}

function firstLine(text: string): string {
  return text.split('\n').slice(0, 3).join(' ').slice(0, 300)
}
