// The import law of docs/architecture.md, as rules.
const tests = '[.]test[.]tsx?$'

/** Each native or heavy package lives in one place. */
const homes = [
  { name: 'sharp', packages: '^node_modules/(sharp|heic-decode|exif-reader)/', home: '^src/engine/imaging/' },
  { name: 'onnxruntime', packages: '^node_modules/(onnxruntime-node|undici|@grpc)/', home: '^src/engine/embedding/' },
  { name: 'sqlite', packages: '^node_modules/better-sqlite3/', home: '^src/engine/catalog/' },
  { name: 'watcher', packages: '^node_modules/@parcel/watcher', home: '^src/engine/files/' },
  { name: 'electron', packages: '^node_modules/electron/|^electron$', home: '^src/(main|preload)/' },
  {
    name: 'react',
    packages: '^node_modules/(react|react-dom|radix-ui|lucide-react|recharts|zustand|@tanstack)/',
    home: '^src/renderer/',
  },
]

const rooms = 'files|imaging|embedding|catalog|matching|keeping|reporting'

/** A room on top of two others: it measures what they do. */
const measuring = 'benchmarking'

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'no-orphans',
      severity: 'error',
      from: {
        orphan: true,
        pathNot: ['[.]d[.]ts$', '^test/fixtures/photos/', '^test/bench/bare-window/'],
      },
      to: {},
    },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'no-dev-packages-in-the-product',
      severity: 'error',
      from: { path: '^src/', pathNot: tests },
      to: {
        dependencyTypes: ['npm-dev'],
        // Electron is the runtime; packages of types vanish in the build.
        pathNot: '^node_modules/(electron|@types)/',
      },
    },
    {
      name: 'shared-runs-anywhere',
      comment: 'shared imports itself and zod, nothing of a process',
      severity: 'error',
      from: { path: '^src/shared/', pathNot: tests },
      to: { pathNot: ['^src/shared/', '^node_modules/zod/'] },
    },
    {
      name: 'rooms-do-not-import-rooms',
      severity: 'error',
      from: { path: `^src/engine/(${rooms})/`, pathNot: tests },
      to: { path: `^src/engine/`, pathNot: '^src/engine/$1/' },
    },
    {
      name: 'benchmarking-uses-embedding-and-imaging-only',
      severity: 'error',
      from: { path: `^src/engine/${measuring}/`, pathNot: tests },
      to: { path: `^src/engine/`, pathNot: [`^src/engine/${measuring}/`, '^src/engine/(embedding|imaging)/'] },
    },
    {
      name: 'pure-rooms-know-no-node',
      severity: 'error',
      from: { path: '^src/engine/(matching|keeping)/', pathNot: tests },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'engine-stands-alone',
      severity: 'error',
      from: { path: '^src/engine/' },
      to: { path: '^src/(main|preload|renderer)/' },
    },
    {
      name: 'only-hosts-know-hosts',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/engine/hosts/' },
      to: { path: '^src/engine/hosts/' },
    },
    {
      name: 'main-knows-the-engine-by-file-name-only',
      severity: 'error',
      from: { path: '^src/main/' },
      to: { path: '^src/(engine|renderer|preload)/' },
    },
    {
      name: 'preload-is-small',
      severity: 'error',
      from: { path: '^src/preload/' },
      to: { pathNot: ['^src/(preload|shared)/', '^node_modules/(zod|electron)/', '^electron$'] },
    },
    {
      name: 'renderer-knows-shared-only',
      severity: 'error',
      from: { path: '^src/renderer/' },
      to: { path: '^src/(engine|main|preload)/' },
    },
    {
      name: 'renderer-has-no-node',
      severity: 'error',
      from: { path: '^src/renderer/', pathNot: tests },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'features-do-not-import-features',
      severity: 'error',
      from: { path: '^src/renderer/src/features/([^/]+)/' },
      to: { path: '^src/renderer/src/features/', pathNot: '^src/renderer/src/features/$1/' },
    },
    {
      name: 'below-does-not-import-above',
      comment: 'app → features → components → lib',
      severity: 'error',
      from: { path: '^src/renderer/src/(lib|components)/' },
      to: { path: '^src/renderer/src/(app|features)/' },
    },
    {
      name: 'product-does-not-import-tests',
      severity: 'error',
      from: { path: '^src/', pathNot: tests },
      to: { path: ['^test/', tests] },
    },
    ...homes.map(({ name, packages, home }) => ({
      name: `${name}-has-one-home`,
      severity: /** @type {const} */ ('error'),
      from: { path: '^src/', pathNot: [home, tests] },
      to: { path: packages, dependencyTypesNot: ['type-only'] },
    })),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^test/fixtures/(photos|models)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
}
