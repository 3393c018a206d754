/** The last line of .ci/run: `N passed, N failed`, from the file that `jest --json --outputFile` wrote. Fails if that file has no passed test. */
import { readFileSync } from 'node:fs';

const { numPassedTests, numFailedTests, numPendingTests, numRuntimeErrorTestSuites } = JSON.parse(
  readFileSync(process.argv[2], 'utf8'),
);
if (numPendingTests > 0) console.log(`${numPendingTests} skipped`);
console.log(`${numPassedTests} passed, ${numFailedTests + numRuntimeErrorTestSuites} failed`);
process.exitCode = numPassedTests > 0 && numFailedTests + numRuntimeErrorTestSuites === 0 ? 0 : 1;
