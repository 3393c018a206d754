import { formatBytes, formatNumber } from '../format/number.js';
import { downloadWithToken } from '../parts/download-with-token.js';
import { Section } from '../parts/section.js';
import type { RunDetails } from './run.js';

/** What the run read, known by the hash of its content. */
export function DatasetsTable({ run }: { run: RunDetails }) {
  return (
    <Section
      title="Datasets"
      note={run.datasets.length === 0 ? 'none recorded' : 'known by the hash of their content'}
    >
      {run.datasets.length > 0 && (
        <div class="table-scroll">
          <table>
            <thead>
              <tr>
                <th>use</th>
                <th>path</th>
                <th class="number">examples</th>
                <th class="number">size</th>
                <th>hash</th>
              </tr>
            </thead>
            <tbody>
              {run.datasets.map(({ use, path, dataset }) => (
                <tr key={use}>
                  <td>{use}</td>
                  <td title={path}>
                    <span class="name">{path}</span>
                  </td>
                  <td class="number">{formatNumber(dataset.examples)}</td>
                  <td class="number">{formatBytes(dataset.bytes)}</td>
                  <td class="mono" title={`canonical ${dataset.hash}\ncontent ${dataset.contentHash}`}>
                    <a href={`/datasets/${dataset.hash}`}>{dataset.hash.slice(0, 12)}</a>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Section>
  );
}

/** What the run left behind, to download. */
export function ArtifactsTable({ run }: { run: RunDetails }) {
  const files = [...run.artifacts, ...run.loggedModels.flatMap(filesOfModel)];
  return (
    <Section title="Artifacts" note={files.length === 0 ? 'none yet' : ''}>
      {files.length > 0 && (
        <div class="table-scroll">
          <table>
            <thead>
              <tr>
                <th>file</th>
                <th class="number">size</th>
                <th>sha256</th>
              </tr>
            </thead>
            <tbody>
              {files.map(({ name, sha256, bytes }) => (
                <tr key={name}>
                  <td>
                    <a
                      href={`/artifacts/${sha256}?name=${encodeURIComponent(fileName(name))}`}
                      download={fileName(name)}
                      onClick={(event) => downloadWithToken(event, fileName(name))}
                    >
                      {name}
                    </a>
                  </td>
                  <td class="number">{formatBytes(bytes)}</td>
                  <td class="mono" title={sha256}>
                    {sha256.slice(0, 12)}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Section>
  );
}

/** Under the model's name, and its ID: a run may log several models of one name. */
function filesOfModel({ name, id, files }: RunDetails['loggedModels'][number]) {
  return files.map((file) => ({ ...file, name: `${name} (${id})/${file.name}` }));
}

const fileName = (path: string) => path.slice(path.lastIndexOf('/') + 1);
