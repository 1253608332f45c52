import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'

/**
 * The dependency rule of the workspace: core knows nobody, its siblings know core alone, and cli wires them. What may
 * touch the network, the database, the environment or standard output is part of it. Exits 1 with every breach.
 */

const siblings = ['compiler', 'deps', 'extractor', 'runner', 'postgres', 'simulator']
const allowed: { readonly [name: string]: readonly string[] } = {
  core: [],
  ...Object.fromEntries(siblings.map((name) => [name, ['core']])),
  cli: ['core', ...siblings],
}

/** Packages that tests may use beside those of the source: real servers, not mocks. */
const forTests = ['core', 'postgres', 'simulator', 'compiler', 'runner', 'extractor']

interface Rule {
  readonly packages: readonly string[]
  readonly pattern: RegExp
  readonly except: RegExp
  readonly reason: string
}

const rules: readonly Rule[] = [
  {
    packages: ['core'],
    // A digest is a function of its text alone.
    pattern: /from '(node:(?!crypto')[^']+|(?!node:)[^.@'][^']*|@(?!strata\/)[^']+)'/,
    except: /^$/,
    reason: 'core holds nouns only; code that needs Node or a library belongs in a sibling',
  },
  {
    packages: ['compiler'],
    pattern: /from 'node:(fs|fs\/promises|net|http|https|child_process)'/,
    except: /^(read-project\.ts|read\/.*|typescript\/bundle-models\.ts)$/,
    reason:
      'the compiler reads files in read-project.ts and read/ alone, and the bundler what .ts models import; hand the text in',
  },
  {
    packages: ['core', 'compiler', 'extractor', 'runner', 'postgres', 'simulator'],
    pattern: /\bprocess\.(env|exit|stdout|stderr|argv)\b|\bconsole\.\w+\(/,
    except: /^(main\.ts|testing\/.*)$/,
    reason: 'environment, output and exit belong to cli; take the value as an argument, or emit an event',
  },
  {
    packages: ['core', 'compiler', 'extractor', 'runner', 'cli'],
    pattern: /from 'pg'/,
    except: /^$/,
    reason: 'postgres is the only driver code; use the Database port',
  },
]

const root = join(import.meta.dirname, '..')
const breaches: string[] = []
for (const name of Object.keys(allowed)) {
  const source = join(root, 'packages', name, 'src')
  for (const file of typescriptFiles(source)) {
    const inPackage = relative(source, file).replaceAll('\\', '/')
    const isTest = /\.test\.ts$/.test(inPackage) || /^testing\//.test(inPackage)
    check(name, file, inPackage, readFileSync(file, 'utf8'), isTest)
  }
}
if (breaches.length > 0) {
  process.stderr.write(
    `${breaches.join('\n')}\n${breaches.length} breaches of the dependency rule (CONTRIBUTING.md).\n`,
  )
  process.exit(1)
}

function check(name: string, file: string, inPackage: string, text: string, isTest: boolean): void {
  const place = relative(root, file)
  for (const [index, line] of text.split('\n').entries()) {
    for (const match of line.matchAll(
      /(?:from|import\(|import)\s*'(@strata\/([a-z]+)[^']*|\.\.?\/[^']*)'/g,
    )) {
      const imported = match[2]
      if (
        imported !== undefined &&
        imported !== name &&
        !(isTest ? forTests : allowed[name]!).includes(imported)
      ) {
        breaches.push(
          `${place}:${index + 1}: ${name} may not import @strata/${imported}; siblings meet only in cli`,
        )
      }
      if (imported === undefined && leavesPackage(inPackage, match[1]!)) {
        breaches.push(
          `${place}:${index + 1}: ${match[1]} reaches into another package; import it by its name`,
        )
      }
    }
    for (const rule of rules) {
      if (
        isTest ||
        !rule.packages.includes(name) ||
        rule.except.test(inPackage) ||
        /^\s*(\*|\/\/|\/\*)/.test(line)
      )
        continue
      if (rule.pattern.test(line)) breaches.push(`${place}:${index + 1}: ${rule.reason}`)
    }
  }
}

function leavesPackage(inPackage: string, specifier: string): boolean {
  const depth = inPackage.split('/').length - 1
  const ups = specifier.split('/').filter((part) => part === '..').length
  return ups > depth
}

function typescriptFiles(folder: string): string[] {
  return readdirSync(folder).flatMap((entry) => {
    const path = join(folder, entry)
    if (statSync(path).isDirectory()) return typescriptFiles(path)
    return path.endsWith('.ts') ? [path] : []
  })
}
