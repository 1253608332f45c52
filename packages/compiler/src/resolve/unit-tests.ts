import {
  type Diagnostic,
  type FixtureCell,
  hasErrors,
  type Location,
  type Node,
  type NodeId,
  type RelationName,
  type ShapedInput,
  type UnitTestBody,
  type UnitTestInput,
} from '@strata/core'
import type { PackageSources } from '../read/project-sources.ts'
import { AskSignal, answering } from './ask.ts'
import { inputName } from './input-names.ts'
import { type Ask, answered, refuseErrors } from './late-renderer.ts'
import type { Resolved } from './references.ts'
import { relationShapes } from './relation-shapes.ts'
import { renderFixture } from './render-fixture.ts'
import { renderText } from './render-text.ts'
import { renderUnitTest } from './render-unit-test.ts'
import type { Renderable, RenderServices, StandIns } from './renderable.ts'
import type { DraftedExpectation, DraftedInput, UnitTestDraft } from './unit-test-draft.ts'

/** A model's SELECT that reads no relation, for the types of its columns. */
export interface DetachedSelect {
  readonly select: string
  readonly inputs: readonly ShapedInput[]
}

/** Renders unit tests when they are asked for: a compilation that runs none pays nothing for them. */
export interface UnitTests {
  /** What each of them does; those with a mistake are left out and complained of. */
  bodies(ids: readonly NodeId[]): UnitTestBodies
  /**
   * The SELECTs of one, an expectation each, that read its inputs from tables: by the names of the inputs. Throws
   * `StrataError` for a mistake in the template.
   */
  rendered(id: NodeId, tables: ReadonlyMap<string, RelationName>, ask: Ask): Promise<readonly string[]>
  /** Null for what is no model, and for one that asks the database. */
  detached(id: NodeId): DetachedSelect | null
  /** Where a part of a test's rows is written; null: there is no such test. */
  placeOf(id: NodeId, cell: FixtureCell): Location | null
}

export interface UnitTestBodies {
  readonly bodies: ReadonlyMap<NodeId, UnitTestBody>
  readonly diagnostics: readonly Diagnostic[]
}

export function createUnitTests(
  drafts: readonly UnitTestDraft[],
  nodes: readonly Node[],
  packages: readonly PackageSources[],
  renderables: ReadonlyMap<NodeId, Renderable>,
  services: RenderServices,
): UnitTests {
  const byId = new Map(drafts.map((draft) => [draft.node.id, draft]))
  const nodesById = new Map(nodes.map((node) => [node.id, node]))
  const shapeOf = relationShapes(nodes, packages)
  const inputsOf = (draft: UnitTestDraft): readonly UnitTestInput[] => {
    const taken: string[] = []
    return draft.inputs.map(({ label, node, fixture }): UnitTestInput => {
      const id = node ?? draft.node.model
      const name = inputName(nameOf(nodesById.get(id)), taken)
      taken.push(name)
      return { node: id, name, label, fixture, shape: shapeOf(id) }
    })
  }
  const bodyOf = (draft: UnitTestDraft, diagnostics: Diagnostic[]): UnitTestBody | null => {
    const model = renderables.get(draft.node.model)
    if (model === undefined) return null
    const filled = ({ fixture, location }: DraftedInput | DraftedExpectation) =>
      renderFixture(fixture, draft.node.packageName, location, services, diagnostics)
    const inputs = inputsOf(draft).map((input, index) => ({
      ...input,
      fixture: filled(draft.inputs[index]!),
    }))
    const fixtures = draft.expectations.map(filled)
    const finish = (selects: readonly string[] | null): UnitTestBody => ({
      model: draft.node.model,
      late: selects === null,
      inputs,
      expectations: draft.expectations.map(({ cte }, index) => ({
        cte,
        fixture: fixtures[index]!,
        select: selects?.[index] ?? '',
      })),
    })
    try {
      const rendered = renderUnitTest(draft, inputs, model, { kind: 'ctes' }, answering([]), services)
      if (!services.forgiving || !hasErrors(rendered.diagnostics)) {
        diagnostics.push(...rendered.diagnostics)
        return hasErrors(rendered.diagnostics) ? null : finish(rendered.selects)
      }
      // As in dbt it fails when its turn comes, and no other test does.
      return finish(null)
    } catch (signal) {
      if (!(signal instanceof AskSignal)) throw signal
      return finish(null)
    }
  }

  return {
    bodies(ids) {
      const diagnostics: Diagnostic[] = []
      const bodies = new Map<NodeId, UnitTestBody>()
      for (const id of ids) {
        const draft = byId.get(id)
        const body = draft === undefined ? null : bodyOf(draft, diagnostics)
        if (body !== null) bodies.set(id, body)
      }
      return { bodies, diagnostics }
    },
    rendered(id, tables, ask) {
      const draft = byId.get(id)
      const model = draft === undefined ? undefined : renderables.get(draft.node.model)
      if (draft === undefined || model === undefined) throw new Error(`there is no unit test ${id}`)
      return answered(
        services.renderer,
        () => {},
        ask,
        (asked) => {
          const place = { kind: 'tables', of: tables } as const
          const { selects, diagnostics } = renderUnitTest(
            draft,
            inputsOf(draft),
            model,
            place,
            answering(asked),
            services,
          )
          refuseErrors(diagnostics)
          return selects
        },
      )
    },
    detached(id) {
      const model = renderables.get(id)
      if (model === undefined || !id.startsWith('model.')) return null
      return detach(model, shapeOf, services)
    },
    placeOf(id, { of, index, row, column }) {
      const draft = byId.get(id)
      const rows = (of === 'given' ? draft?.inputs : draft?.expectations)?.[index]
      return rows?.placeInRows({ row, column }) ?? null
    },
  }
}

function detach(
  model: Renderable,
  shapeOf: (id: NodeId) => ShapedInput['shape'],
  services: RenderServices,
): DetachedSelect | null {
  const inputs = new Map<NodeId, ShapedInput>()
  const standIns: StandIns = {
    relation({ id, name, ephemeral }: Resolved) {
      if (ephemeral) return null
      const known = inputs.get(id)
      const taken = [...inputs.values()].map((one) => one.name)
      const input = known ?? { node: id, name: inputName(name, taken), shape: shapeOf(id) }
      inputs.set(id, input)
      return { schema: '', name: input.name, cte: true }
    },
    self: (node) => node.self,
    overrides: { macros: {}, values: new Map(), vars: {}, environment: {} },
  }
  try {
    const rendered = renderText(model, false, answering([]), { ...services, log() {}, standIns })
    return hasErrors(rendered.diagnostics) ? null : { select: rendered.text, inputs: [...inputs.values()] }
  } catch (signal) {
    if (!(signal instanceof AskSignal)) throw signal
    return null
  }
}

/** Of a source its own name stands before that of the table. */
function nameOf(node: Node | undefined): string {
  if (node === undefined) return 'input'
  return node.kind === 'source' ? node.name.replace('.', '__') : node.name
}
