import { formatBytes } from '../core/byte-size.js';

const OUT_OF_MEMORY =
  /out of memory|\bOOM\b|cannot enlarge memory|could not allocate|bad_alloc|Allocation failed|RESOURCE_EXHAUSTED/i;

const ADVICE =
  'Lower batchSize, sequenceLength or lora.rank, take a smaller model, or choose a backend without the limit of 2 to 4 GB that WebAssembly has (tfjs-node).';

/**
 * Why a run's process is gone, for its record: how it ended, what to lower if memory is the likely reason, and what it said last.
 * @param isOurs the worker killed it   @param estimatedBytes what it was thought to need; null: not known
 */
export function deathOf(
  code: number | null,
  signal: string | null,
  lastLines: readonly string[],
  isOurs: boolean,
  estimatedBytes: number | null = null,
): string {
  const how = signal === null ? `with exit code ${code}` : `by ${signal}`;
  const reason = memoryReason(signal, lastLines, isOurs);
  const advice = reason ? [`${reason} ${adviceOf(estimatedBytes)}`] : [];
  return [`The run's process ended ${how}.`, ...advice, ...lastLines].join('\n');
}

function adviceOf(estimatedBytes: number | null): string {
  const estimate = estimatedBytes === null ? '' : `It was estimated to need ${formatBytes(estimatedBytes)}. `;
  return estimate + ADVICE;
}

/** The error of a run that failed by itself, with what to lower if memory was the reason. */
export function withMemoryAdvice(error: string, estimatedBytes: number | null): string {
  if (!OUT_OF_MEMORY.test(error)) return error;
  return `The run ran out of memory. ${adviceOf(estimatedBytes)}\n${error}`;
}

/** Linux ends a process that takes too much by SIGKILL, V8 and native TensorFlow by SIGABRT with a message. */
function memoryReason(signal: string | null, lastLines: readonly string[], isOurs: boolean): string | null {
  if (isOurs) return null;
  if (lastLines.some((line) => OUT_OF_MEMORY.test(line))) return 'It ran out of memory.';
  return signal === 'SIGKILL' ? 'Most likely the system ended it because memory ran out.' : null;
}
