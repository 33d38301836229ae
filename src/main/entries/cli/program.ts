/** The command line: names, options and exit codes of the design; each command is a file of its own. */
import { Command as Commander, CommanderError, Option } from 'commander'
import { createTranslator } from '../../../shared/i18n/translator.ts'
import { type ExitCode, exitCodeOf, exitCodes } from '../../../shared/problems/codes.ts'
import { ProblemError, problem, throwProblem } from '../../../shared/problems/problem.ts'
import type { CliContext, Command } from './command.ts'
import { cliOutput, type TextSink } from './output.ts'

export interface ProgramSurroundings {
  readonly stdout: TextSink
  readonly stderr: TextSink
  readonly signal: AbortSignal
  readonly workingFolder: string
  readonly systemLanguage: 'en' | 'id'
  readonly version: string
}

/** Commands of the design that later versions bring; they answer plainly instead of being unknown. */
const notBuilt = ['doctor', 'hypervisor', 'setup', 'iso', 'load'] as const

/** What a command needs is loaded when it is called: the simulator alone takes longer than `recipes`. */
const commands = {
  run: async () => (await import('./commands/run.ts')).runCommand,
  recipes: async () => (await import('./commands/recipes.ts')).recipesCommand,
  recipeShow: async () => (await import('./commands/recipes.ts')).recipeShowCommand,
  planCheck: async () => (await import('./commands/check.ts')).planCheckCommand,
  labCheck: async () => (await import('./commands/check.ts')).labCheckCommand,
  haReplay: async () => (await import('./commands/ha-replay.ts')).haReplayCommand,
  simServe: async () => (await import('./commands/sim-serve.ts')).simServeCommand,
  simSweep: async () => (await import('./commands/sim-sweep.ts')).simSweepCommand,
  probe: async () => (await import('./commands/probe.ts')).probeCommand,
  selftest: async () => (await import('./commands/selftest.ts')).selftestCommand,
  review: async () => (await import('./commands/review.ts')).reviewCommand,
  verify: async () => (await import('./commands/verify.ts')).verifyCommand,
  report: async () => (await import('./commands/report.ts')).reportCommand,
  web: async () => (await import('./commands/web.ts')).webCommand,
}

/** Runs one command line and returns its exit code. Never throws for what a person typed. */
export async function runProgram(
  argv: readonly string[],
  surroundings: ProgramSurroundings,
): Promise<ExitCode> {
  const language = languageChoice(argv) ?? surroundings.systemLanguage
  const json = argv.includes('--json')
  const output = cliOutput(surroundings.stdout, surroundings.stderr, { json, language })
  const context: CliContext = {
    output,
    signal: surroundings.signal,
    workingFolder: surroundings.workingFolder,
  }
  let exit: ExitCode = exitCodes.ok
  const bind =
    <Arguments>(load: () => Promise<Command<Arguments>>) =>
    async (args: Arguments): Promise<void> => {
      const command = await load()
      exit = await command(args, context)
    }
  try {
    const program = describe(bind, language, surroundings)
    await program.parseAsync([...argv], { from: 'user' })
    return exit
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return exitCodes.ok
      output.problem(problem('cli.usage', { text: error.message.replace(/^error: /, '') }))
      return exitCodes.usage
    }
    if (error instanceof ProblemError) {
      output.problem(error.problem)
      return exitCodeOf(error.problem.code)
    }
    if (surroundings.signal.aborted) {
      output.problem(problem('cli.cancelled'))
      return exitCodes.cancelled
    }
    output.problem(problem('host.internal', {}, error instanceof Error ? error.message : String(error)))
    return exitCodes.backendFailed
  }
}

function languageChoice(argv: readonly string[]): 'en' | 'id' | undefined {
  const position = argv.findIndex((word) => word === '--lang' || word.startsWith('--lang='))
  const word = argv[position]
  const value = word === '--lang' ? argv[position + 1] : word?.slice('--lang='.length)
  return value === 'en' || value === 'id' ? value : undefined
}

type Bind = <Arguments>(load: () => Promise<Command<Arguments>>) => (args: Arguments) => Promise<void>

function describe(bind: Bind, language: 'en' | 'id', surroundings: ProgramSurroundings): Commander {
  const t = createTranslator(language)
  const program = new Commander('kuorum')
    .description(t('cli:description'))
    .version(surroundings.version)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => surroundings.stdout.write(text),
      // Usage errors are printed once, as a Problem, by runProgram.
      writeErr: () => {},
    })
  // Options every command takes; they are read before parsing, and declared so that they are accepted and shown.
  const command = (parent: Commander, usage: string, text: string): Commander =>
    parent
      .command(usage)
      .description(text)
      .option('--json', t('cli:option.json'))
      .addOption(new Option('--lang <language>', t('cli:option.lang')).choices(['id', 'en']))

  command(program, 'run [recipe]', t('cli:command.run'))
    .addOption(
      new Option('--trial <trial>', t('cli:option.trial')).choices(['first', 'second', 'third', 'all']),
    )
    .addOption(
      new Option('--group <group>', t('cli:option.group'))
        .choices(['treatment', 'control', 'both'])
        .default('treatment'),
    )
    .addOption(
      new Option('--guests <guests>', t('cli:option.guests'))
        .choices(['together', 'separate'])
        .default('together'),
    )
    .option('--seed <number>', t('cli:option.seed'), '1')
    .option('--plan <file>', t('cli:option.plan'))
    .option('--lab <file>', t('cli:option.lab'))
    .addOption(
      new Option('--backend <id>', t('cli:option.backend')).choices(['simulated']).default('simulated'),
    )
    .addOption(
      new Option('--speed <factor>', t('cli:option.speed')).choices(['1', '60', '720', 'max']).default('max'),
    )
    .option('--out <file>', t('cli:option.out'))
    .option('--resume <file>', t('cli:option.resume'))
    .action((recipe, options) => bind(commands.run)({ ...options, recipe }))
  command(program, 'recipes', t('cli:command.recipes')).action(() => bind(commands.recipes)({}))
  const recipe = program.command('recipe').description(t('cli:command.recipeShow'))
  command(recipe, 'show <id>', t('cli:command.recipeShow')).action((id) => bind(commands.recipeShow)({ id }))
  const plan = program.command('plan').description(t('cli:command.planCheck'))
  command(plan, 'check <file>', t('cli:command.planCheck')).action((file) =>
    bind(commands.planCheck)({ file }),
  )
  const lab = program.command('lab').description(t('cli:command.labCheck'))
  command(lab, 'check <file>', t('cli:command.labCheck')).action((file) => bind(commands.labCheck)({ file }))
  const sim = program.command('sim').description(t('cli:command.haReplay'))
  command(sim, 'ha-replay <scenario>', t('cli:command.haReplay')).action((scenario) =>
    bind(commands.haReplay)({ scenario }),
  )
  command(sim, 'serve', t('cli:command.simServe'))
    .option('--pve-port <n>', t('cli:option.pvePort'), '8006')
    .option('--ssh-port <n>', t('cli:option.sshPort'), '2222')
    .option('--ssh-key <file>', t('cli:option.sshKey'))
    .option('--recipe <id>', t('cli:option.recipe'), 'P0')
    .addOption(
      new Option('--group <group>', t('cli:option.simGroup'))
        .choices(['treatment', 'control'])
        .default('treatment'),
    )
    .addOption(
      new Option('--release <release>', t('cli:option.simRelease'))
        .choices(['8.4', '9.1', '9.2'])
        .default('8.4'),
    )
    .option('--standalone', t('cli:option.simStandalone'))
    .option('--seed <number>', t('cli:option.seed'), '1')
    .option('--speed <factor>', t('cli:option.simSpeed'), '1')
    .action((options) => bind(commands.simServe)(options))
  command(sim, 'sweep', t('cli:command.simSweep'))
    .option('--campaigns', t('cli:option.campaigns'))
    .option('--recipe <id>', t('cli:option.sweepRecipe'))
    .addOption(
      new Option('--trial <trial>', t('cli:option.sweepTrial')).choices(['first', 'second', 'third']),
    )
    .addOption(
      new Option('--group <group>', t('cli:option.simGroup'))
        .choices(['treatment', 'control'])
        .default('treatment'),
    )
    .option('--plan <ids...>', t('cli:option.sweepPlan'))
    .option('--seeds <range>', t('cli:option.seeds'))
    .option('--shard <part>', t('cli:option.shard'), '1/1')
    .option('--threads <n>', t('cli:option.threads'))
    .option('--merge <files...>', t('cli:option.merge'))
    .action((options) => bind(commands.simSweep)(options))
  command(program, 'probe', t('cli:command.probe'))
    .option('--icmp <address...>', t('cli:option.icmp'))
    .option('--tcp <address...>', t('cli:option.tcp'))
    .option('--http <url...>', t('cli:option.http'))
    .option('--interval <ms>', t('cli:option.interval'), '1000')
    .option('--deadline <ms>', t('cli:option.deadline'), '900')
    .option('--duration <s>', t('cli:option.duration'), '10')
    .option('--out <file>', t('cli:option.probeOut'))
    .action((options) => bind(commands.probe)(options))
  command(program, 'selftest', t('cli:command.selftest'))
    .option('--repeats <n>', t('cli:option.repeats'), '10')
    .option('--interval <ms>', t('cli:option.interval'), '100')
    .option('--seed <number>', t('cli:option.seed'), '1')
    .action((options) => bind(commands.selftest)(options))
  command(program, 'review <files...>', t('cli:command.review')).action((files) =>
    bind(commands.review)({ files }),
  )
  command(program, 'verify <files...>', t('cli:command.verify')).action((files) =>
    bind(commands.verify)({ files }),
  )
  command(program, 'report <file>', t('cli:command.report'))
    .option('--format <format>', t('cli:option.format'), 'csv')
    .addOption(
      new Option('--what <table>', t('cli:option.what'))
        .choices(['samples', 'outages', 'faults', 'events'])
        .default('samples'),
    )
    .requiredOption('--out <file>', t('cli:option.reportOut'))
    .action((file, options) => bind(commands.report)({ ...options, file }))
  command(program, 'web', t('cli:command.web'))
    .option('--port <n>', t('cli:option.port'), '0')
    .action((options) => bind(commands.web)(options))
  for (const name of notBuilt) declareNotBuilt(program, name, t('cli:command.notBuilt'), bind)
  return program
}

function declareNotBuilt(program: Commander, name: string, text: string, bind: Bind): void {
  const words = name.split(' ')
  const parent =
    words.length === 1 ? program : (program.commands.find((c) => c.name() === words[0]) ?? program)
  parent
    .command(words.at(-1) ?? name)
    .description(text)
    .argument('[words...]')
    .allowUnknownOption()
    .action(() => bind(async () => throwProblem('cli.not-built', { command: name }))({}))
}
