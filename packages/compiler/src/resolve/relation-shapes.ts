import {
  type DeclaredColumn,
  displayRelation,
  type FixtureRow,
  guessType,
  type ModelNode,
  type Node,
  type NodeId,
  type RelationShape,
  type SeedNode,
  type SourceNode,
} from '@strata/core'
import { isEphemeral } from '../graph/is-ephemeral.ts'
import type { PackageSources } from '../read/project-sources.ts'
import { isMapping } from './merge-config.ts'
import { parseCsv } from './parse-csv.ts'
import { isTyped, sourceColumns } from './source-columns.ts'

/** Rows of a seed's file that are enough to guess the types of its columns. */
const sampleRows = 200

const unknown: RelationShape = { relation: null, declared: [], complete: false }

/** What the project says of the columns of its relations. */
export function relationShapes(
  nodes: readonly Node[],
  packages: readonly PackageSources[],
): (id: NodeId) => RelationShape {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const seeds = nodes.filter((node) => node.kind === 'seed')
  const known = new Map<NodeId, RelationShape>()
  const ofSeed = (seed: SeedNode): RelationShape => {
    const file = packages.flatMap((one) => one.seeds).find(({ path }) => path === seed.file)
    const text = file?.read().split('\n', sampleRows).join('\n') ?? ''
    return {
      relation: seed.relation,
      declared: seedColumns(seed, parseCsv(text, seed.config.delimiter).rows),
      complete: true,
    }
  }
  const columnsOfSource = sourceColumns(nodes)
  const ofSource = (source: SourceNode): RelationShape => {
    const { relation } = source
    const { all, complete } = columnsOfSource(source)
    if (complete) return { relation, declared: all, complete }
    // Nobody knows more of a source than what is declared, unless it is a seed of the project's own.
    const seed = seeds.find((one) => displayRelation(one.relation) === displayRelation(relation))
    return seed === undefined ? { relation, declared: all, complete } : ofSeed(seed)
  }
  const ofModel = (model: ModelNode): RelationShape => {
    const contract = model.config['contract'] ?? null
    const isEnforced = isMapping(contract) && contract['enforced'] === true
    const declared = model.columns.map(({ name, dataType }) => ({ name, dataType }))
    const relation = isEphemeral(model) ? null : model.relation
    // What else it has its SELECT says.
    return { relation, declared, complete: isEnforced && isTyped(declared) }
  }
  const shapeOf = (node: Node | undefined): RelationShape => {
    if (node?.kind === 'seed') return ofSeed(node)
    if (node?.kind === 'source') return ofSource(node)
    if (node?.kind === 'model') return ofModel(node)
    return node?.kind === 'snapshot' ? { ...unknown, relation: node.relation } : unknown
  }
  return (id) => {
    const shape = known.get(id) ?? shapeOf(byId.get(id))
    known.set(id, shape)
    return shape
  }
}

function seedColumns({ config }: SeedNode, sample: readonly FixtureRow[]): readonly DeclaredColumn[] {
  const names = new Set([...Object.keys(sample[0] ?? {}), ...Object.keys(config.columnTypes)])
  return [...names].map((name) => {
    const values = sample.map((row) => row[name])
    return { name, dataType: config.columnTypes[name] ?? guessType(values, true) }
  })
}
