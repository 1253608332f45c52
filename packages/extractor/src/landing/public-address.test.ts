import { expect, it } from 'vitest'
import { publicAddress } from './public-address.ts'

it('the address that everybody may read has neither user nor password nor query', () => {
  expect(
    [
      'https://user:secret@api.example/v1/?key=secret',
      'http://api.example:8080',
      'postgres://reader:secret@db.example:5433/clinic?password=secret&sslmode=require',
      'postgresql:///clinic?host=%2Frun%2Fpostgresql',
      'mysql://reader@db.example/opendental',
      '/srv/exports',
      'secret',
    ].map(publicAddress),
  ).toEqual([
    'https://api.example/v1',
    'http://api.example:8080',
    'postgres://db.example:5433/clinic',
    'postgresql:///clinic',
    'mysql://db.example/opendental',
    '/srv/exports',
    '',
  ])
})
