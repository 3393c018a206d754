const OUT_OF_MEMORY =
  /out of memory|\bOOM\b|cannot enlarge memory|bad_alloc|Allocation failed|RESOURCE_EXHAUSTED/i;

const ADVICE =
  'Lower batchSize, sequenceLength or lora.rank, take a smaller model, or choose a backend without the limit of 2 to 4 GB that WebAssembly has (tfjs-node).';

/**
 * Why a run's process is gone, for its record: how it ended, what to lower if memory is the likely reason, and what it said last.
 * @param isOurs the worker killed it
 */
export function deathOf(
  code: number | null,
  signal: string | null,
  lastLines: readonly string[],
  isOurs: boolean,
): string {
  const how = signal === null ? `with exit code ${code}` : `by ${signal}`;
  const reason = memoryReason(signal, lastLines, isOurs);
  return [`The run's process ended ${how}.`, ...(reason ? [`${reason} ${ADVICE}`] : []), ...lastLines].join(
    '\n',
  );
}

/** Linux ends a process that takes too much by SIGKILL, V8 and native TensorFlow by SIGABRT with a message. */
function memoryReason(signal: string | null, lastLines: readonly string[], isOurs: boolean): string | null {
  if (isOurs) return null;
  if (lastLines.some((line) => OUT_OF_MEMORY.test(line))) return 'It ran out of memory.';
  return signal === 'SIGKILL' ? 'Most likely the system ended it because memory ran out.' : null;
}
