import { Controller, HttpCode, Param, Post, Query, Req, Res, UseFilters } from '@nestjs/common';
import type { Request, Response } from 'express';
import { HttpErrorFilter } from '../access/http-error.filter.js';
import { MetricService } from './metric.service.js';
import { readPointsBody } from './points-body.js';

/**
 * The fast door for points of any run, from any program: those of a worker's run with its lease token. The points are on disk when it
 * answers; docs/record.md.
 */
@Controller('api/runs')
@UseFilters(HttpErrorFilter)
export class PointsController {
  constructor(private readonly metrics: MetricService) {}

  @Post(':id/points')
  @HttpCode(200)
  async append(
    @Param('id') runId: string,
    @Query('leaseToken') leaseToken: unknown,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<{ points: number }> {
    const batch = await readPointsBody(request, response);
    await this.metrics.appendPoints(runId, batch, leaseToken === undefined ? undefined : Number(leaseToken));
    return { points: batch.steps.length };
  }
}
