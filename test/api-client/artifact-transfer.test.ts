import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ApiClient } from '../../src/api-client/api-client.js';
import { downloadFile, uploadFile } from '../../src/api-client/artifact-transfer.js';
import { sha256 } from '../../src/core/hash.js';

const CONTENT = 'rank,loss\n8,3.5\n'.repeat(20_000);
let server: Server;
let folder: string;
let requests: string[];

async function serve(listener: RequestListener): Promise<ApiClient> {
  server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    listener(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return new ApiClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ranksweep-transfer-'));
  writeFileSync(join(folder, 'table.csv'), CONTENT);
  requests = [];
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

describe('files', () => {
  it('are sent under the hash of their content', async () => {
    let received = '';
    const client = await serve((request, response) => {
      response.statusCode = request.method === 'HEAD' ? 404 : 201;
      request.on('data', (chunk) => {
        received += chunk;
      });
      request.on('end', () => response.end());
    });
    const file = await uploadFile(client, join(folder, 'table.csv'));
    expect(file).toEqual({ sha256: sha256(CONTENT), bytes: CONTENT.length });
    expect(received).toBe(CONTENT);
    expect(requests).toEqual([`HEAD /artifacts/${file.sha256}`, `PUT /artifacts/${file.sha256}`]);
  });

  it('that the server has are not sent again', async () => {
    const client = await serve((_request, response) => response.end());
    await uploadFile(client, join(folder, 'table.csv'));
    expect(requests).toHaveLength(1);
  });

  it('that the server refuses are an error', async () => {
    const client = await serve((request, response) => {
      response.statusCode = request.method === 'HEAD' ? 404 : 422;
      request.resume().on('end', () => response.end('hash mismatch'));
    });
    const error = await uploadFile(client, join(folder, 'table.csv')).catch((e) => e);
    expect(error).toMatchObject({ code: 'INVALID_INPUT', message: 'The server answered 422: hash mismatch' });
  });

  it('come back whole, or not at all', async () => {
    const client = await serve((_request, response) => response.end(CONTENT));
    await downloadFile(client, sha256(CONTENT), join(folder, 'new', 'copy.csv'));
    expect(readFileSync(join(folder, 'new', 'copy.csv'), 'utf8')).toBe(CONTENT);
    const damaged = join(folder, 'damaged', 'copy.csv');
    const error = await downloadFile(client, 'a'.repeat(64), damaged).catch((e) => e);
    expect(error.message).toContain('damaged file');
    expect(existsSync(damaged)).toBe(false);
    expect(readdirSync(join(folder, 'damaged'))).toEqual([]);
  });
});
