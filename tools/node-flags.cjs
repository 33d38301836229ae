/* Flags a Node before 24 needs for what a later one has by itself: SQLite (22.12), and quiet about both. */
const major = Number(process.versions.node.split('.')[0])

exports.isOldNode = major < 24

/** For `node FLAGS program.js`. */
exports.nodeFlags = major < 24 ? ['--disable-warning=ExperimentalWarning', '--experimental-sqlite'] : []

/** For NODE_OPTIONS: all programs that are started from here, TypeScript among them. */
exports.nodeOptions = exports.nodeFlags.concat(
  process.features.typescript ? [] : ['--experimental-strip-types'],
)
