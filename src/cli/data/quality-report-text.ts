import type { CleanReport } from '../../data/quality/clean-data.js';
import { FINDING_KINDS, type Finding, type QualityReport } from '../../data/quality/finding.js';

const [PLACES, LINES] = [3, 3];

/** Each kind with its number, and its first findings with their places. */
export function qualityReportText({ examples, hash, findings }: QualityReport): string {
  const head = `${examples} example${examples === 1 ? '' : 's'}, hash ${hash.slice(0, 12)}`;
  if (findings.length === 0) return `${head}: nothing found.\n`;
  const lines = FINDING_KINDS.flatMap((kind) => {
    const own = findings.filter((finding) => finding.kind === kind);
    if (own.length === 0) return [];
    const more = own.length > LINES ? [`${' '.repeat(24)}… and ${own.length - LINES} more`] : [];
    const first = own.slice(0, LINES).map((finding) => `${' '.repeat(24)}${findingText(finding)}`);
    return [
      `${kind.padEnd(16)}${String(own.length).padStart(6)}  ${first[0]!.trimStart()}`,
      ...first.slice(1),
      ...more,
    ];
  });
  return `${head}\n${lines.join('\n')}\n`;
}

function findingText({ items, detail }: Finding): string {
  const places = items.slice(0, PLACES).map(({ file, line }) => `${file}:${line}`);
  const more = items.length > PLACES ? ` (+${items.length - PLACES})` : '';
  return `${places.join(', ')}${more}: ${detail}`;
}

export function cleanReportText({ read, written, output, changes, contradictions }: CleanReport): string {
  const lines = changes.map(({ line, change, detail }) => `  line ${line}: ${change}: ${detail}`);
  const unsolved = contradictions.map(
    (lines) => `  lines ${lines.join(', ')}: one prompt, different answers`,
  );
  return [
    `${read} records read, ${written} written to ${output}`,
    ...(lines.length > 0 ? [`changes: ${lines.length}`, ...lines] : []),
    ...(unsolved.length > 0 ? ['contradictions, left as they are:', ...unsolved] : []),
    '',
  ].join('\n');
}
