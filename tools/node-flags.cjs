/* Flags a Node before 24 needs for what a later one has by itself: SQLite (22.12), and quiet about both. */
const major = Number(process.versions.node.split('.')[0])

exports.isOldNode = major < 24
exports.nodeFlags = major < 24 ? ['--disable-warning=ExperimentalWarning', '--experimental-sqlite'] : []
