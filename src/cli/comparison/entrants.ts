import { RanksweepError } from '../../core/errors.js';
import type { RunConfig } from '../../core/run-config.js';

/** One row of the comparison: a method with its settings; everything else is the file's. */
export interface Entrant {
  label: string;
  method: RunConfig['method'];
  /** null for full */
  rank: number | null;
  quantization: RunConfig['quantization'];
  learningRate: number;
}

export const METHODS = ['full', 'lora', 'int8', 'nf4'] as const;
export type MethodName = (typeof METHODS)[number];

export interface ComparisonSettings {
  methods: readonly MethodName[];
  /** of LoRA; quantised LoRA takes the middle one */
  ranks: readonly number[];
  /** tried for every method, the best by validation loss is shown; null: one each, as `rateOf` says */
  rates: readonly number[] | null;
  /** of some methods, instead of the default */
  rateOf: Partial<Record<MethodName, number>>;
}

/** What full fine-tuning learns at, of LoRA's rate, unless rates are given. */
export const FULL_RATE = 0.1;

/** Rows in the order of the table, each once for every rate that is tried. */
export function entrantsOf(config: RunConfig, settings: ComparisonSettings): Entrant[] {
  const { methods, ranks } = settings;
  const sorted = [...ranks].sort((a, b) => a - b);
  const middle = sorted[Math.floor((sorted.length - 1) / 2)]!;
  return methods.flatMap((name) => {
    const own = name === 'full' ? [null] : name === 'lora' ? sorted : [middle];
    return own.flatMap((rank) => ratesFor(config, name, settings).map((rate) => entrant(name, rank, rate)));
  });
}

function ratesFor(config: RunConfig, name: MethodName, { rates, rateOf }: ComparisonSettings): number[] {
  if (rateOf[name] !== undefined) return [rateOf[name]];
  if (rates !== null) return [...rates];
  const { learningRate } = config.optimizer;
  return [name === 'full' ? learningRate * FULL_RATE : learningRate];
}

function entrant(name: MethodName, rank: number | null, learningRate: number): Entrant {
  if (rank === null) return { label: 'full', method: 'full', rank, quantization: 'none', learningRate };
  const quantization = name === 'int8' || name === 'nf4' ? name : 'none';
  const label = quantization === 'none' ? `LoRA r=${rank}` : `LoRA r=${rank}, ${quantization}`;
  return { label, method: 'lora', rank, quantization, learningRate };
}

/** The file's config as an entrant runs it. */
export function configOf(config: RunConfig, entrant: Entrant, seed: number): RunConfig {
  const { method, rank, quantization, learningRate } = entrant;
  const lora = rank === null ? config.lora : { ...config.lora, rank };
  return { ...config, method, quantization, lora, optimizer: { ...config.optimizer, learningRate }, seed };
}

/** @throws RanksweepError if rates are to be searched and nothing can choose among them */
export function checkComparison(config: RunConfig, { rates }: ComparisonSettings): void {
  if (rates === null || rates.length < 2 || config.data.validation !== null) return;
  const message = `found ${rates.length} rates without data.validation, which chooses among them`;
  throw new RanksweepError('INVALID_INPUT', `--rates: ${message}`, [{ field: '--rates', message }]);
}
