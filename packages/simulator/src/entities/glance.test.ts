import { expect, test } from 'vitest'
import { DAY, EPOCH } from '../content/epoch.ts'
import { comparable, typeAt } from '../odata/field-path.ts'
import { collectionsOf, createWorld, type WorldEntity } from '../world.ts'
import { glanceOf } from './collection.ts'
import { entities } from './entities.ts'

const now = EPOCH + 12.3 * DAY
const world = createWorld({ seed: 1, scale: 0.1, instanceId: 1 })

test('a glance tells what stands in the record, and an id where it stands', () => {
  for (const entity of Object.keys(entities) as WorldEntity[]) {
    for (const collection of collectionsOf(world, entity, now)) {
      const { fields, at } = glanceOf(collection)
      for (let index = 0; index < collection.count(now); index += 1) {
        const [record, seen] = [collection.record(index, now), at(index, now)]
        for (const field of fields) {
          const type = typeAt(collection.schema, [field], field)
          expect(comparable(seen[field]!, type), field).toBe(comparable(record[field]!, type))
        }
        expect(collection.indexOf?.(record['id'] as number) ?? index).toBe(index)
      }
    }
  }
})

test('the windows of appointments need no more than a glance', () => {
  expect(glanceOf(world.open('appointments', [], now)!).fields).toContain('startDate')
})
