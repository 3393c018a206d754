import { expect, it } from '@jest/globals';
import { deathOf, withMemoryAdvice } from '../../src/worker/death-of-child.js';

it('a process that memory ended says what to lower', () => {
  const v8 = ['FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory'];
  expect(deathOf(null, 'SIGABRT', v8, false)).toMatch(
    /^The run's process ended by SIGABRT\.\nIt ran out of memory\. Lower batchSize, sequenceLength or lora\.rank.*\nFATAL ERROR/,
  );
  expect(deathOf(null, 'SIGKILL', [], false, 1.34e9)).toMatch(
    /Most likely .* memory ran out\. It was estimated to need 1\.3 GB\. Lower batchSize/,
  );
  expect(deathOf(null, 'SIGKILL', [], false)).toMatch(/Most likely .* memory ran out\. Lower batchSize/);
});

it('an error that speaks of memory says what to lower too', () => {
  const error = 'Error: WebAssembly is out of memory: it has 4096 MiB\n    at makeOutput';
  expect(withMemoryAdvice(error, 5e9)).toMatch(
    /^The run ran out of memory\. It was estimated to need 5 GB\. Lower batchSize.*\nError: WebAssembly/,
  );
  expect(withMemoryAdvice('Error: a door', 5e9)).toBe('Error: a door');
});

it('no other death speaks of memory', () => {
  expect(deathOf(null, 'SIGKILL', [], true)).toBe("The run's process ended by SIGKILL.");
  expect(deathOf(7, null, ['a room without a view'], false)).toBe(
    "The run's process ended with exit code 7.\na room without a view",
  );
});
