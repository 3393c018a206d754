/**
 * A child process that tries one backend, named by its argument, with one product, and tells its parent what came of it: a backend that
 * aborts takes only this process along.
 */
import * as tf from '@tensorflow/tfjs';
import type { Backend } from '../core/run-config.js';
import { chooseBackend } from '../training/backends.js';

try {
  const choice = await chooseBackend(process.argv[2] as Backend);
  const [six] = await tf.matMul([[2]], [[3]]).data();
  if (six !== 6) throw new Error(`it computes 2·3 = ${six}`);
  process.send?.({ choice }, () => process.exit(0));
} catch (error) {
  process.send?.({ reason: (error as Error).message }, () => process.exit(1));
}
