import type { RecordPath, SliceParameter } from '@strata/core'
import type { YamlPath } from '../project/yaml-document.ts'

/** The first step of a path that leads into the parameters by which a record was asked for. */
export const contextStep = '$context'

/** Every path of a slice, with where it is written. */
export function pathsOf({ path, match }: SliceParameter): readonly (readonly [RecordPath, YamlPath])[] {
  return [
    [path, ['path']],
    ...Object.entries(match).map(([name, other]) => [other, ['match', name]] as const),
  ]
}
