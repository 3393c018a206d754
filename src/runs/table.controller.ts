import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { All, Controller, Req, Res, UseFilters } from '@nestjs/common';
import type { Request, Response } from 'express';
import { AccessService } from '../access/access.service.js';
import { HttpErrorFilter } from '../access/http-error.filter.js';
import type { RunFilter } from './run-query.input.js';
import { RunTableService } from './run-table.service.js';
import { SeriesTableService } from './series-table.service.js';
import { arrowBytes } from './table-arrow.js';
import type { TableStream } from './table-batch.js';
import { csvBytes } from './table-csv.js';
import { runsQuestionOf, seriesQuestionOf } from './table-question.js';

/** The bulk doors: whole tables as streams, for data frames. The same filters as GraphQL's; docs/graphql.md. GET, or POST for long ones. */
@Controller('api')
@UseFilters(HttpErrorFilter)
export class TableController {
  constructor(
    private readonly runs: RunTableService,
    private readonly series: SeriesTableService,
    private readonly access: AccessService,
  ) {}

  @All('runs.arrow')
  async runsArrow(@Req() request: Request, @Res() response: Response): Promise<void> {
    await sendArrow(await this.runTable(request), response);
  }

  @All('runs.csv')
  async runsCsv(@Req() request: Request, @Res() response: Response): Promise<void> {
    await sendCsv(await this.runTable(request), response);
  }

  @All('series.arrow')
  async seriesArrow(@Req() request: Request, @Res() response: Response): Promise<void> {
    await sendArrow(await this.seriesTable(request), response);
  }

  @All('series.csv')
  async seriesCsv(@Req() request: Request, @Res() response: Response): Promise<void> {
    await sendCsv(await this.seriesTable(request), response);
  }

  private runTable(request: Request): Promise<TableStream> {
    const { filter, fields } = runsQuestionOf(request);
    return this.runs.table(this.narrowed(filter, request), fields);
  }

  private seriesTable(request: Request): Promise<TableStream> {
    const { filter, ...question } = seriesQuestionOf(request);
    return this.series.table({ ...question, filter: this.narrowed(filter, request) });
  }

  /** To the projects that who asks may see. */
  private narrowed(filter: RunFilter, request: Request): RunFilter {
    const { visible } = this.access.of(request);
    return visible === null ? filter : { ...filter, projectIds: visible };
  }
}

function sendArrow(table: TableStream, response: Response): Promise<void> {
  return send(arrowBytes(table), 'application/vnd.apache.arrow.stream', response);
}

function sendCsv(table: TableStream, response: Response): Promise<void> {
  return send(csvBytes(table), 'text/csv; charset=utf-8; header=present', response);
}

/** As fast as the other side reads. If it hangs up, or reading fails half-way, the connection is cut: an Arrow reader sees that its end is missing. */
async function send(bytes: AsyncIterable<Uint8Array>, type: string, response: Response): Promise<void> {
  response.set('Content-Type', type);
  try {
    await pipeline(Readable.from(bytes, { objectMode: false, highWaterMark: 1 }), response);
  } catch (error) {
    response.destroy();
    if ((error as { code?: string }).code !== 'ERR_STREAM_PREMATURE_CLOSE')
      console.error('a bulk answer was cut off:', error);
  }
}
