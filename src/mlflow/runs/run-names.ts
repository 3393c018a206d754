import { randomInt } from 'node:crypto';

const ADJECTIVES =
  'amber brisk calm clever crisp eager early fair fine fleet gentle glad golden grand green keen kind light lively lucid mellow merry mild neat nimble noble patient plain proud quick quiet rapid silver smooth solid steady still sunny swift tidy vivid warm wise'.split(
    ' ',
  );
const NOUNS =
  'acorn alder aspen badger beech birch brook cedar comet crane dune ember falcon fern finch fox gale grove hare harbor heron lake lark maple meadow mist moss oak orchid otter owl pine plover reed ridge river robin sparrow spruce stone swan thrush willow wren'.split(
    ' ',
  );

/** A name for a run that was given none, e.g. quiet-otter-417. */
export function inventName(): string {
  return `${ADJECTIVES[randomInt(ADJECTIVES.length)]}-${NOUNS[randomInt(NOUNS.length)]}-${randomInt(1000)}`;
}
