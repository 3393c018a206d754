import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { ApiClient } from '../../src/api-client/api-client.js';
import { ConnectionError } from '../../src/api-client/connection-error.js';
import { CancelSweepDocument, WorkersDocument } from '../../src/api-client/operations.generated.js';
import { RanksweepError } from '../../src/core/errors.js';

let server: Server | undefined;
const waits: number[] = [];
const retry = {
  backoffMs: 10,
  sleep: async (ms: number) => {
    waits.push(ms);
  },
};

async function serve(listener: RequestListener): Promise<ApiClient> {
  server = createServer(listener);
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return new ApiClient(`http://127.0.0.1:${port}/`, { retry, timeoutMs: 2000 });
}

const answer =
  (body: object): RequestListener =>
  (_request, response) => {
    response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
  };

afterEach(async () => {
  waits.length = 0;
  server?.closeAllConnections();
  await new Promise((resolve) => (server ? server.close(resolve) : resolve(null)));
  server = undefined;
});

const caught = (promise: Promise<unknown>) =>
  promise.then(
    () => null,
    (error) => error,
  );

describe('the API client', () => {
  it('keeps code and problems of the server’s errors', async () => {
    const problems = [{ field: 'parameters.rank', message: 'found "8x"', line: 3, column: 7 }];
    const client = await serve(
      answer({ errors: [{ message: 'no', extensions: { code: 'INVALID_INPUT', problems } }] }),
    );
    const error = await caught(client.request(WorkersDocument, {}));
    expect(error).toBeInstanceOf(RanksweepError);
    expect(error).toMatchObject({ code: 'INVALID_INPUT', message: 'no', problems });
  });

  it('says so when the server speaks another version of the API', async () => {
    const extensions = { code: 'GRAPHQL_VALIDATION_FAILED' };
    const client = await serve(answer({ errors: [{ message: 'unknown field x', extensions }] }));
    const error = await caught(client.request(WorkersDocument, {}));
    expect(error.message).toBe('The server speaks another version of the API: unknown field x');
  });

  it('repeats a query after a broken connection, waiting longer each time', async () => {
    let calls = 0;
    const client = await serve((request, response) => {
      if (++calls < 3) request.socket.destroy();
      else answer({ data: { workers: [] } })(request, response);
    });
    expect(await client.request(WorkersDocument, {})).toEqual({ workers: [] });
    expect(waits).toEqual([10, 20]);
  });

  it('does not repeat a mutation that may have arrived, unless it may happen twice', async () => {
    let calls = 0;
    const client = await serve((request) => {
      calls++;
      request.socket.destroy();
    });
    expect(await caught(client.request(CancelSweepDocument, { id: 'x' }))).toBeInstanceOf(ConnectionError);
    expect(calls).toBe(1);
    await caught(client.request(CancelSweepDocument, { id: 'x' }, { repeatable: true }));
    expect(calls).toBe(4);
  });

  it('repeats any call that never arrived, and then says what to do', async () => {
    const client = await serve(answer({}));
    await new Promise((resolve) => server!.close(resolve));
    const error = await caught(client.request(CancelSweepDocument, { id: 'x' }));
    expect(waits).toEqual([10, 20]);
    expect(error).toMatchObject({ code: 'UNAVAILABLE', neverArrived: true });
    expect(error.message).toContain(
      'does not answer (nothing listens there): start it with `npx ranksweep serve`',
    );
  });

  it('maps an answer that is no GraphQL', async () => {
    const client = await serve((_request, response) => {
      response.statusCode = 403;
      response.end('not for you');
    });
    expect(await caught(client.request(WorkersDocument, {}))).toMatchObject({ code: 'FORBIDDEN' });
  });

  it('refuses what is no address', () => {
    expect(() => new ApiClient('localhost:7300')).toThrow('"localhost:7300" is not the address of a server.');
  });
});
