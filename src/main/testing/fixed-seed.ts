import fc from 'fast-check'

/**
 * Loaded before every test file. Property tests look at the same cases each time, so that what is green here is
 * green anywhere; KUORUM_PROPERTY_SEED looks at others (a whole number).
 */
fc.configureGlobal({ seed: Number(process.env.KUORUM_PROPERTY_SEED ?? 1) })
