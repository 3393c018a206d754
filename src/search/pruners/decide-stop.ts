import type { EarlyTerminate } from '../../core/early-terminate.js';
import { judgeByAsha } from './asha.js';
import { judgeByCurve } from './curve.js';
import { judgeByHyperband } from './hyperband.js';
import { judgeByMedian } from './median.js';
import type { Pruner } from './pruner.js';

/** Whether a trial should go on, by the sweep's rule. */
export const decideStop: Pruner<EarlyTerminate> = (curve, peers, rule, goal, progress) => {
  switch (rule.type) {
    case 'hyperband':
      return judgeByHyperband(curve, peers, rule, goal, progress);
    case 'median':
      return judgeByMedian(curve, peers, rule, goal, progress);
    case 'asha':
      return judgeByAsha(curve, peers, rule, goal, progress);
    case 'curve':
      return judgeByCurve(curve, peers, rule, goal, progress);
  }
};
