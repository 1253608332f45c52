import type { Replayed } from '../commands/source-replay.ts'
import { formatCount } from './format.ts'

/** What became of the letters of one job and instance: a line, and one for each thing in their way. */
export function replayLines(
  { job, instance, outcome }: Pick<Replayed, 'job' | 'instance' | 'outcome'>,
  dryRun: boolean,
): readonly string[] {
  const { landed, there, superseded, asked, open } = outcome
  const counts = [
    [landed, dryRun ? 'would land' : 'landed'],
    [there, 'in bronze already'],
    [superseded, 'superseded by what came later'],
    [asked, 'would be asked for again'],
    [open.reduce((sum, { letters }) => sum + letters, 0), dryRun ? 'would stay open' : 'still open'],
  ] as const
  const told = counts.filter(([count]) => count > 0).map(([count, what]) => `${formatCount(count)} ${what}`)
  return [
    `${job}, instance ${instance}: ${told.length === 0 ? 'nothing to do' : told.join(', ')}`,
    ...open.map(({ why, letters }) => `  ${formatCount(letters)}: ${why}`),
  ]
}
