import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import type { Amplification } from '../analysis/amplification.js';
import type { RequirementResult } from '../analysis/gate-verdict.js';
import { type GateFieldsFragment, JudgeGateDocument } from '../api-client/operations.generated.js';
import { RanksweepError } from '../core/errors.js';
import type { GateVerdictWord } from '../core/gate-policy.js';
import { parseGatePolicy } from '../core/yaml-gate-policy.js';
import { clientOf, printJson, runCommand, type ServerOptions, withServer } from './command-line.js';
import { EXIT, type ExitCode } from './failure.js';

interface GateOptions extends ServerOptions {
  policy: string;
}

export const VERDICT_TEXT: Record<GateVerdictWord, string> = {
  ship: 'ship',
  do_not_ship: 'do not ship',
  not_enough_evidence: 'not enough evidence',
};
const EXIT_OF: Record<GateVerdictWord, ExitCode> = {
  ship: EXIT.ok,
  do_not_ship: EXIT.failed,
  not_enough_evidence: EXIT.undecided,
};

export function addGate(program: Command): void {
  withServer(program.command('gate'))
    .description(
      'hold a policy against what a run scored: exit code 0 ship, 1 do not ship, 4 not enough evidence',
    )
    .argument('<run>', 'ID of the run, or the beginning of it')
    .requiredOption('--policy <file>', 'what an adapter must show, YAML')
    .action((id: string, options: GateOptions) =>
      runCommand(options, () => gate(id, options), options.policy),
    );
}

async function gate(runId: string, options: GateOptions): Promise<ExitCode> {
  const policy = await readPolicy(options.policy);
  const { judgeGate } = await clientOf(options).request(JudgeGateDocument, { input: { runId, policy } });
  if (options.json) printJson(judgeGate);
  else process.stdout.write(gateText(judgeGate));
  return EXIT_OF[judgeGate.verdict];
}

/** The text of a policy, read once to say here what is wrong with it. @throws RanksweepError */
export async function readPolicy(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch(() => {
    throw new RanksweepError('NOT_FOUND', `The policy ${file} cannot be read.`);
  });
  parseGatePolicy(text, file);
  return text;
}

/** The verdict, then a line for each requirement. */
export function gateText({
  verdict,
  why,
  evidence,
  policyName,
  policyHash,
  runId,
}: GateFieldsFragment): string {
  const { results, amplification } = evidence as {
    results: RequirementResult[];
    amplification: Amplification[];
  };
  const marks = { met: '+', violated: '-', undecided: '?' };
  const lines = [
    `${VERDICT_TEXT[verdict]}: ${why} (run ${runId}, policy ${policyName} ${policyHash.slice(0, 12)})`,
    ...results.map(({ state, words }) => `  ${marks[state]} ${words}`),
    ...amplification.map(({ set, score, words }) => `    ${set} ${score} ${words}`),
  ];
  return `${lines.join('\n')}\n`;
}
