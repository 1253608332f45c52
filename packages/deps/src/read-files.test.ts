import { expect, test } from 'vitest'
import { hashPackages } from './packages-hash.ts'
import { parsePackagesFile } from './parse-packages-file.ts'
import { newestWithin, parseRange } from './version.ts'

const variables = {
  vars: { revision: 'v2' },
  environmentVariable: (name: string) => (name === 'SECRET' ? ('forbidden' as const) : undefined),
}
const parse = (text: string) => parsePackagesFile('packages.yml', text, variables)

test('every mistake in a packages file has its place, and near misses', () => {
  const text = `packages:
  - pakage: dbt-labs/dbt_utils
  - package: dbt-labs/dbt_utils
    verson: 1.0.0
  - package: dbt_utils
    version: 1.0.0
  - package: dbt-labs/codegen
    version: ^1.0
  - git: https://example.org/a.git
    revison: v1
  - git: https://example.org/a.git
    subdirectory: ../../etc
  - local:
  - package: a/b
    version: 1.0.0
    git: https://example.org
  - tarball: https://example.org/a.tgz
  - private: acme/secret
  - git: "{{ env_var('DBT_HOME') }}"
  - git: "{{ env_var('SECRET') }}"
  - git: "{% if x %}a{% endif %}"
  - text
pakages: []
`
  const found = parse(text).diagnostics.map(
    ({ code, location, message, hint }) =>
      `${location.line}:${location.column} ${code} ${message} -> ${hint}`,
  )
  expect(found).toEqual([
    '2:5 UNKNOWN_KEY "pakage" is not a kind of package -> Did you mean "package"?',
    '4:5 UNKNOWN_KEY "verson" is not a key of a package entry -> Did you mean "version"?',
    '5:14 BAD_PACKAGE_NAME "dbt_utils" is not the name of a package on the hub -> A package of the hub has a namespace: dbt-labs/dbt_utils.',
    '8:14 BAD_VERSION "^1.0" is not a version or a range of versions -> Write three numbers, with one of = > >= < <= before them: ">=1.0.0,<2.0.0".',
    '10:5 UNKNOWN_KEY "revison" is not a key of a git entry -> Did you mean "revision"?',
    '12:19 BAD_SUBDIRECTORY "../../etc" is not a folder inside the repository -> Write the path from the root of the repository, without .. and without a leading slash.',
    '13:5 MISSING_VALUE local: is empty -> Say which package it is.',
    '16:5 BAD_VALUE an entry has either package: or git:, not both -> Write one entry a package.',
    '17:5 MISSING_KEY name is missing -> A tarball says which package is in it: name: my_package.',
    '18:5 UNSUPPORTED_PRIVATE private: needs the git integration of a hosted service, and is not supported -> Write git: with the address of the repository.',
    "19:10 BAD_TEMPLATE env_var DBT_HOME is not set -> Set it in the environment or in .env, or give a default: env_var('DBT_HOME', '…').",
    '20:10 BAD_TEMPLATE the variable SECRET is not for templates -> Give it a name that begins with DBT_ or STRATA_, or list it under environment: in the project file.',
    "21:10 BAD_TEMPLATE the template in this value is not closed, or is of a kind that a packages file does not know -> Only {{ env_var('NAME', 'default') }} and {{ var('name', 'default') }} work in a packages file.",
    '22:5 BAD_VALUE a package is a mapping -> Say where it comes from: package:, git:, local: or tarball:.',
    '23:1 UNKNOWN_KEY "pakages" is not a key of packages.yml -> Did you mean "packages"?',
  ])
})

test('broken YAML is told with its place', () => {
  expect(parse('packages:\n  - package: [a\n').diagnostics[0]).toMatchObject({
    code: 'BAD_YAML',
    location: { file: 'packages.yml', line: 3 },
  })
})

test('revisions keep the digits that they are written with, and var() fills them in', () => {
  const { entries } = parse(
    'packages:\n  - { git: https://a, revision: 1.10 }\n  - { git: https://b, revision: "{{ var(\'revision\') }}" }\n',
  )
  expect(entries).toMatchObject([{ revision: '1.10' }, { revision: 'v2' }])
})

test('the hash of a package list is the one that dbt 1.11 writes', () => {
  const { entries, diagnostics } = parse(`packages:
  - package: dbt-labs/dbt_utils
    version: [">=1.0.0", "<2.0.0"]
  - package: acme/tool
    version: ">=1.0.0,<2.0.0"
    install_prerelease: true
  - git: "https://{{ env_var('DBT_HOST', 'é.example') }}/x.git"
    revision: 0.1
    warn-unpinned: false
    subdirectory: sub
  - git: https://example.org/y.git
  - local: ../x
  - tarball: https://example.org/z.tar.gz
    name: z
`)
  expect(diagnostics).toEqual([])
  expect(hashPackages(entries)).toBe('a7daf24123b0f510ecb854367a52ddce9404afeb')
})

test.each([
  [['>=1.0.0', '<2.0.0'], false, '1.10.0'],
  [['>1.10.0'], false, '2.0.0'],
  [['<=1.9.0'], false, '1.9.0'],
  [['1.9.0'], false, '1.9.0'],
  [['=1.9.0'], false, '1.9.0'],
  [['<2.0.0'], true, '1.10.0'],
  [['>=2.0.0'], true, '2.1.0-rc.10'],
  [['2.1.0-rc.9'], false, '2.1.0-rc.9'],
  [['>2.0.0', '<2.0.1'], false, null],
])('of the versions in %j, pre-releases %j, the newest is %s', (ranges, prerelease, newest) => {
  const available = ['1.9.0', '1.10.0', '2.0.0-rc1', '2.0.0', '2.1.0-rc.9', '2.1.0-rc.10', 'nonsense']
  expect(
    newestWithin(
      available,
      ranges.map((range) => parseRange(range)!),
      prerelease,
    ),
  ).toBe(newest)
})
