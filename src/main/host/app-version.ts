/** The product's version; package.json is its only source. */
import packageFile from '../../../package.json' with { type: 'json' }

export const appVersion: string = packageFile.version
