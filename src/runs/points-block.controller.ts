import { Controller, Get, Param, Query, Res, UseFilters } from '@nestjs/common';
import type { Response } from 'express';
import { HttpErrorFilter } from '../access/http-error.filter.js';
import { found } from '../access/store.js';
import { RanksweepError } from '../core/errors.js';
import { MetricService } from './metric.service.js';
import { packBatch } from './point-batch.js';
import { concatColumns } from './point-columns.js';
import { BLOCK_TYPE } from './points-body.js';
import { RunRecordService } from './run-record.service.js';

const EVERY_STEP = { from: -Number.MAX_VALUE, to: Number.MAX_VALUE };
/** 24 bytes each */
const MOST_POINTS = 8_000_000;

/** The points of a run as the block that POST takes: each one, to the bit. */
@Controller('api/runs')
@UseFilters(HttpErrorFilter)
export class PointsBlockController {
  constructor(
    private readonly metrics: MetricService,
    private readonly records: RunRecordService,
  ) {}

  /** @param metric a name, or several as ?metric=a&metric=b; default: all */
  @Get(':id/points')
  async read(
    @Param('id') id: string,
    @Query('metric') metric: unknown,
    @Res() response: Response,
  ): Promise<void> {
    found(await this.records.byId(id), 'run', id);
    const wanted = metric === undefined ? null : new Set([metric].flat());
    const series = (await this.metrics.summaries(id)).filter(({ name }) => wanted?.has(name) ?? true);
    checkCount(series.reduce((sum, { count }) => sum + count, 0));
    const columns = [];
    for (const { name } of series) columns.push(await this.metrics.pointsBetween(id, name, EVERY_STEP));
    const counts = Uint32Array.from(columns, ({ steps }) => steps.length);
    const batch = { names: series.map(({ name }) => name), counts, ...concatColumns(columns) };
    response.type(BLOCK_TYPE).send(packBatch(batch));
  }
}

function checkCount(count: number): void {
  if (count <= MOST_POINTS) return;
  const message = `found ${count} points, allowed are ${MOST_POINTS} at once: name fewer metrics`;
  throw new RanksweepError('TOO_LARGE', `metric: ${message}`, [{ field: 'metric', message }]);
}
