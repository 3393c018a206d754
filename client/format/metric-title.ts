const UNITS: Record<string, string> = {
  tokens_per_second: 'tokens/s',
  memory_bytes: 'bytes',
  device_memory_bytes: 'bytes',
  seconds_left: 's',
};

/** A metric's name with its unit, where the name tells it: `train/loss (nats/token)`. */
export function metricTitle(name: string): string {
  const last = name.slice(name.lastIndexOf('/') + 1);
  const unit = UNITS[last] ?? (last === 'loss' && name.includes('/') ? 'nats/token' : undefined);
  return unit === undefined ? name : `${name} (${unit})`;
}
