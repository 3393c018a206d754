import { bestSoFarFigure, learningCurvesFigure, seedGroupsFigure, sparklineFigure } from './curve-figures.js';
import type { Figure } from './figure.js';
import { lineageFigure } from './lineage-figure.js';
import { confusionFigure, heatmapFigure, histogramFigure, timelineFigure } from './result-figures.js';
import { importanceFigure, rankFigure, regretFigure, rungsFigure, sliceFigure } from './search-figures.js';
import { parallelFigure, scatterFigure } from './trial-figures.js';

/** Every chart of the dashboard: the gallery shows them live, the tests compare them with their stored pictures. */
export const FIGURES: Figure[] = [
  ...[learningCurvesFigure, seedGroupsFigure, sparklineFigure, bestSoFarFigure],
  ...[scatterFigure, parallelFigure, importanceFigure, sliceFigure],
  ...[regretFigure, rungsFigure, rankFigure],
  ...[heatmapFigure, confusionFigure, histogramFigure, timelineFigure, lineageFigure],
];
