import * as tf from '@tensorflow/tfjs';
import { check, kernel } from './kernel.js';

// UnsortedSegmentSum, which tfjs's wasm backend lacks: out[ids[i]] += x[i] in the order of i. It is the gradient of
// gather. Ids of one dimension only, and float32, which is all that gather's gradient asks for.

const segmentSum = kernel<{ numSegments: number }>(
  tf.UnsortedSegmentSum,
  ({ inputs, attrs, kernels, at, output }) => {
    const { x, segmentIds } = inputs as { x: tf.Tensor; segmentIds: tf.Tensor };
    check('unsortedSegmentSum x', x, x.shape);
    check('unsortedSegmentSum ids', segmentIds, [x.shape[0]!], 'int32');
    const out = output([attrs.numSegments, ...x.shape.slice(1)]);
    const width = tf.util.sizeFromShape(x.shape.slice(1));
    kernels.segmentSum(x.shape[0]!, width, attrs.numSegments, at(x), at(segmentIds), at(out));
    return out;
  },
);

export const SEGMENT_KERNELS = [segmentSum];
