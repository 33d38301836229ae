/** Shape of the catalogues: English defines the keys, every other language must have the same ones. */
import { en } from './en/index.ts'
import { id } from './id/index.ts'

export const languages = ['en', 'id'] as const
export type Language = (typeof languages)[number]

export type Catalogue = typeof en
export type Area = keyof Catalogue

export const catalogues: { readonly en: Catalogue; readonly id: Translation<Catalogue> } = { en, id }

/**
 * The same tree of keys with other sentences. Languages without a plural form, such as Indonesian, leave
 * the `_one` sentences out.
 */
export type Translation<T> = {
  readonly [K in keyof T as K extends `${string}_one` ? never : K]: T[K] extends string
    ? string
    : Translation<T[K]>
}

/** Dotted keys of a tree; `hit_one` and `hit_other` are both reached as `hit`. */
export type KeyOf<T> = {
  [K in keyof T & string]: T[K] extends string ? WithoutPlural<K> : `${K}.${KeyOf<T[K]>}`
}[keyof T & string]

type WithoutPlural<K extends string> = K extends `${infer Base}_${'one' | 'other'}` ? Base : K

/** `area:key.path`, the same notation i18next uses in the window. */
export type MessageKey = { [A in Area]: `${A}:${KeyOf<Catalogue[A]>}` }[Area]
