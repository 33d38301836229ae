/**
 * Looks sentences up outside the window (command line, reports, notifications). The notation is i18next's,
 * `{{name}}` for a value and `_one`/`_other` for plurals chosen by `count`, so that both read one catalogue.
 */
import { catalogues, type Language, type MessageKey } from './catalogue.ts'

export type MessageParams = Readonly<Record<string, string | number>>

export interface Translator {
  readonly language: Language
  (key: MessageKey, params?: MessageParams): string
}

export function createTranslator(language: Language): Translator {
  const plural = new Intl.PluralRules(language)
  const translate = (key: MessageKey, params: MessageParams = {}): string => {
    const separator = key.indexOf(':')
    const path = [key.slice(0, separator), ...key.slice(separator + 1).split('.')]
    const form = typeof params.count === 'number' ? plural.select(params.count) : 'other'
    const text = textAt(language, path, form) ?? textAt('en', path, form)
    return text === undefined ? key : fillPlaceholders(text, params)
  }
  return Object.assign(translate, { language })
}

function textAt(language: Language, path: readonly string[], form: string): string | undefined {
  const leaf = path.at(-1) ?? ''
  const parent = path.slice(0, -1).reduce<unknown>(childOf, catalogues[language])
  for (const name of [leaf, `${leaf}_${form}`, `${leaf}_other`]) {
    const text = childOf(parent, name)
    if (typeof text === 'string') return text
  }
  return undefined
}

function childOf(tree: unknown, name: string): unknown {
  if (typeof tree !== 'object' || tree === null || !Object.hasOwn(tree, name)) return undefined
  return (tree as Readonly<Record<string, unknown>>)[name]
}

/** A value that was not given shows as an ellipsis: the rest of the sentence still helps. */
export function fillPlaceholders(text: string, params: MessageParams): string {
  return text.replaceAll(/\{\{\s*([A-Za-z][A-Za-z0-9]*)\s*\}\}/g, (_, name: string) => {
    const value = Object.hasOwn(params, name) ? params[name] : undefined
    return value === undefined ? '…' : String(value)
  })
}

/** The language of a BCP 47 tag list (`navigator.languages`, `LANG`): Indonesian where it comes first, else English. */
export function languageOf(tags: readonly string[]): Language {
  for (const tag of tags) {
    const primary = tag.toLowerCase().split(/[-_.]/)[0]
    if (primary === 'id' || primary === 'in') return 'id'
    if (primary === 'en') return 'en'
  }
  return 'en'
}
