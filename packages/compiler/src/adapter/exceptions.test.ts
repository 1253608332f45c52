import { describe, expect, test } from 'vitest'
import { flagsValue, invocationArguments } from './flags.ts'
import { renderAlone } from './testing/render-on.ts'

describe('exceptions', () => {
  test('end the render with the words of the template', () => {
    const raised: [string, string][] = [
      ["raise_compiler_error('no')", 'no'],
      ["raise_not_implemented('later')", 'later'],
      ["raise_database_error(msg='down')", 'down'],
      ["raise_fail_fast_error('stop')", 'stop'],
      ["missing_config({'unique_id': 'model.p.m'}, 'key')", 'model.p.m needs the option "key"'],
      [
        "relation_wrong_type(api.Relation.create(schema='s', identifier='t', type='table'), 'view')",
        '"s"."t" is a table, and should be a view',
      ],
      ["column_type_missing(['a', 'b'])", "the contract names no data type for ['a', 'b']"],
      ["raise_contract_error([{'formatted': 'a int'}], [])", 'not those of its contract: none against a int'],
      ['raise_compiler_error()', 'the template raised an error'],
    ]
    for (const [call, message] of raised) {
      expect(() => renderAlone(`{{ exceptions.${call} }}`)).toThrow(message)
    }
  })

  test('of an unknown name are undefined', () => {
    expect(renderAlone('{{ exceptions.nope is defined }} {{ exceptions.warn is defined }}').text).toBe(
      'False True',
    )
  })

  test('warn without ending anything', () => {
    expect(renderAlone("{{ exceptions.warn('careful') }}x")).toMatchObject({ text: 'x', warned: ['careful'] })
  })

  test('tell another message for what a function refuses', () => {
    const refuse = "{% macro refuse(x) %}{{ exceptions.raise_compiler_error('inner') }}{% endmacro %}"
    expect(() => renderAlone(`${refuse}{{ try_or_compiler_error('outer', refuse, 1) }}`)).toThrow('outer')
    expect(renderAlone("{{ try_or_compiler_error('outer', api.Column.string_type, 3) }}").text).toBe(
      'character varying(3)',
    )
  })
})

describe('flags', () => {
  const settings = {
    fullRefresh: true,
    which: 'build',
    options: { vars: { a: 1 } },
    projectFlags: { my_flag: 7 },
  }

  test('are those of dbt, and what the project says', () => {
    const names = { flags: flagsValue(settings) }
    const text =
      '{{ flags.WHICH }} {{ flags.FULL_REFRESH }} {{ flags.EMPTY }} {{ flags.MY_FLAG }} {{ flags.NOPE is defined }}'
    expect(renderAlone(text, { names }).text).toBe('build True False 7 False')
  })

  test('are a dict in lower case too', () => {
    const names = { invocation_args_dict: invocationArguments(settings) }
    const text =
      "{{ invocation_args_dict.which }} {{ invocation_args_dict.get('vars') }} {{ invocation_args_dict['full_refresh'] }}"
    expect(renderAlone(text, { names }).text).toBe("build {'a': 1} True")
  })
})
