/** What a worker samples of the machine begins so: CPU, memory, GPU. */
export const SYSTEM = 'system/';
const MEASURED = /(^|[/_.])(tokens_per_second|seconds|duration|elapsed|time|ms|seconds_left|memory_bytes)$/;

/** Whether a metric says what the clock or the memory showed: no repeat of a run can match it. Decided by its name. */
export function isMeasured(metric: string): boolean {
  return metric.startsWith(SYSTEM) || MEASURED.test(metric);
}
