/** Checkpoints beside the server's thread, which answers others meanwhile. One question, one answer: the error's text, or null. */
import { parentPort } from 'node:worker_threads';
import { type Checkpoint, checkpoint } from './checkpoint.js';

parentPort?.on('message', (work: Checkpoint) => {
  try {
    checkpoint(work);
    parentPort!.postMessage(null);
  } catch (error) {
    parentPort!.postMessage(String(error));
  }
});
