import { afterEach, beforeEach, expect, test } from 'vitest'
import { addPackage } from './add-package.ts'
import { createPackageFixture, type PackageFixture } from './testing/package-fixture.ts'

let fixture: PackageFixture
beforeEach(() => {
  fixture = createPackageFixture()
})
afterEach(() => fixture.remove())

test('an added package leaves comments, order and quotes as they were', () => {
  fixture.write(
    'project/packages.yml',
    '# what we stand on\npackages:\n  - package: "acme/base" # the base\n    version: 1.0.0\n\n  # from git\n  - git: https://example.org/a.git\n    revision: v1\n',
  )
  expect(addPackage(fixture.project, 'acme/tool@>=1.0.0,<2.0.0', 'hub')).toEqual({
    file: 'packages.yml',
    entry: 'package: acme/tool',
    replaced: false,
  })
  addPackage(fixture.project, 'https://user@example.org/b.git@v2', 'git')
  addPackage(fixture.project, '../shared', 'local')
  expect(addPackage(fixture.project, 'acme/base@1.1.0', 'hub').replaced).toBe(true)
  expect(fixture.read('project/packages.yml')).toBe(
    '# what we stand on\npackages:\n  - package: "acme/base" # the base\n    version: 1.1.0\n\n  # from git\n  - git: https://example.org/a.git\n    revision: v1\n  - package: acme/tool\n    version:\n      - ">=1.0.0"\n      - <2.0.0\n  - git: https://user@example.org/b.git\n    revision: v2\n  - local: ../shared\n',
  )
})

test('a list that is not indented stays so, an empty one and none become one', () => {
  fixture.write('project/packages.yml', 'packages:\n- package: a/b\n  version: 1.0.0\n')
  addPackage(fixture.project, 'git@example.org:team/repo.git', 'git')
  expect(fixture.read('project/packages.yml')).toBe(
    'packages:\n- package: a/b\n  version: 1.0.0\n- git: git@example.org:team/repo.git\n',
  )
  fixture.write('project/packages.yml', 'packages: [] # none yet\n')
  addPackage(fixture.project, 'a/b@1.0.0', 'hub')
  expect(fixture.read('project/packages.yml')).toBe(
    'packages:\n  - package: a/b\n    version: 1.0.0\n  # none yet\n',
  )
})

test('without a packages file one is made, unless dependencies.yml lists packages', () => {
  fixture.write('project/dependencies.yml', 'packages:\n  - package: a/b\n    version: 1.0.0\n')
  expect(addPackage(fixture.project, 'c/d@1.0.0', 'hub').file).toBe('dependencies.yml')
  fixture.write('project/dependencies.yml', 'projects: []\n')
  expect(addPackage(fixture.project, 'c/d@1.0.0', 'hub').file).toBe('packages.yml')
  expect(fixture.read('project/packages.yml')).toBe('packages:\n  - package: c/d\n    version: 1.0.0\n')
})

test.each([
  ['dbt_utils@1.0.0', 'hub'],
  ['a/b', 'hub'],
  ['a/b@latest', 'hub'],
  ['a/b@1.0.0', 'npm'],
])('%s from %s is refused with an example', (wish, source) => {
  expect(() => addPackage(fixture.project, wish, source)).toThrow(
    expect.objectContaining({ hint: expect.stringMatching(/models deps|hub, git/) }),
  )
})
