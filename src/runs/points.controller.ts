import { Controller, HttpCode, Param, Post, Req, Res, UseFilters } from '@nestjs/common';
import type { Request, Response } from 'express';
import { HttpErrorFilter } from '../access/http-error.filter.js';
import { MetricService } from './metric.service.js';
import { readPointsBody } from './points-body.js';

/** The fast door for points of any run, from any program. The points are on disk when it answers; docs/record.md. */
@Controller('api/runs')
@UseFilters(HttpErrorFilter)
export class PointsController {
  constructor(private readonly metrics: MetricService) {}

  @Post(':id/points')
  @HttpCode(200)
  async append(
    @Param('id') runId: string,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<{ points: number }> {
    const batch = await readPointsBody(request, response);
    await this.metrics.appendPoints(runId, batch);
    return { points: batch.steps.length };
  }
}
