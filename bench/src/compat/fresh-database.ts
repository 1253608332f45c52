import pg from 'pg'
import { pinPrintedForms } from './relation-content.ts'

/** Drops and makes again the database that a URL names, by way of the server's own `postgres` database. */
export async function freshDatabase(url: string): Promise<void> {
  const name = decodeURIComponent(new URL(url).pathname.slice(1))
  const server = new URL(url)
  server.pathname = '/postgres'
  const session = new pg.Client({ connectionString: server.href })
  await session.connect()
  try {
    const quoted = `"${name.replaceAll('"', '""')}"`
    await session.query(`drop database if exists ${quoted} with (force)`)
    await session.query(`create database ${quoted}`)
  } finally {
    await session.end()
  }
}

/** Hands a session whose values print alike everywhere, and closes it. */
export async function withSession<T>(url: string, use: (session: pg.Client) => Promise<T>): Promise<T> {
  const session = new pg.Client({ connectionString: url })
  await session.connect()
  try {
    await pinPrintedForms(session)
    return await use(session)
  } finally {
    await session.end()
  }
}
