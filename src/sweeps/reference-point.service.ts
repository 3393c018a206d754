import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Clock } from '../access/clock.js';
import type { SweepConfig } from '../core/sweep-config.js';
import { encodedSpace } from '../search/encode.js';
import { referenceToFix } from '../search/reference-point.js';
import type { SearchPolicy, TrialRecord } from '../search/sampler.js';
import { policyOf } from '../search/suggest.js';
import { Sweep, type SweepEdit } from './sweep.entity.js';

/** A sweep's policy with its limits as they are now. */
export function policyNow({ config, runCap, referencePoint }: Sweep): SearchPolicy {
  const policy = { ...policyOf(config as SweepConfig), runCap };
  return referencePoint === null ? policy : { ...policy, referencePoint };
}

/** Where the hypervolume of a sweep with several objectives is measured from: fixed once, and kept as an edit with its reason. */
@Injectable()
export class ReferencePointService {
  constructor(private readonly clock: Clock) {}

  /** @returns the sweep, with its reference point if there is enough to fix it now */
  async fix(
    tx: EntityManager,
    sweep: Sweep,
    history: readonly TrialRecord[],
    afterTrial: number,
  ): Promise<Sweep> {
    const policy = policyNow(sweep);
    if (sweep.referencePoint !== null || policy.objectives === undefined) return sweep;
    const { parameters, constraints } = sweep.config as SweepConfig;
    const { dimensions } = encodedSpace(parameters, constraints);
    const referencePoint = referenceToFix(history, policy, dimensions.length);
    if (referencePoint === null) return sweep;
    const edit: SweepEdit = {
      ...{ at: this.clock.instant(), afterTrial, field: 'referencePoint', from: null, to: referencePoint },
      because: whyOf(policy),
    };
    const edits = [...sweep.edits, edit];
    await tx.update(Sweep, { id: sweep.id }, { referencePoint, edits } as object);
    return { ...sweep, referencePoint, edits };
  }
}

function whyOf({ objectives = [] }: SearchPolicy): string {
  const given = objectives.filter(({ reference }) => reference !== undefined).length;
  const rule = 'the worst value of the trials that have ended, outliers apart, and a tenth of the range more';
  if (given === objectives.length) return 'as the sweep gives it';
  return given === 0 ? rule : `as the sweep gives it; where it does not: ${rule}`;
}
