/** A checkpoint beside the server's thread, which answers others meanwhile. */
import { workerData } from 'node:worker_threads';
import { checkpoint } from './checkpoint.js';

checkpoint(workerData);
