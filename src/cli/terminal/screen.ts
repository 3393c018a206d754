/** Where progress is shown: lines that stay, above lines that change. */
export interface Screen {
  /** characters that fit on a line that changes; null: no limit, since it is no terminal */
  readonly columns: number | null;
  /** a line that stays */
  print(line: string): void;
  /** replaces the lines that change */
  show(lines: string[]): void;
  /** removes the lines that change */
  end(): void;
}

/** How often changing lines are repeated where they cannot be replaced. */
const PLAIN_INTERVAL_MS = 10_000;
const USUAL_COLUMNS = 80;

/** A terminal that says of itself that it understands nothing (`TERM=dumb`) gets what a file gets: no control codes. */
export function screenOn(stream: NodeJS.WriteStream, now: () => number = Date.now): Screen {
  const isTerminal = stream.isTTY && process.env.TERM !== 'dumb';
  return isTerminal ? terminalScreen(stream) : plainScreen(stream, now);
}

export const NO_SCREEN: Screen = { columns: null, print: () => {}, show: () => {}, end: () => {} };

function terminalScreen(stream: NodeJS.WriteStream): Screen {
  let live: string[] = [];
  // A full line would wrap in some terminals, and then not be removed as a whole.
  const columns = () => (stream.columns || USUAL_COLUMNS) - 1;
  const clear = () => (live.length === 0 ? '' : `\x1b[${live.length}A\x1b[0J`);
  const text = (lines: string[]) => lines.map((line) => `${line.slice(0, columns())}\n`).join('');
  return {
    get columns() {
      return columns();
    },
    print: (line) => stream.write(`${clear()}${line}\n${text(live)}`),
    show: (lines) => {
      stream.write(clear() + text(lines));
      live = lines;
    },
    end: () => {
      stream.write(clear());
      live = [];
    },
  };
}

/** For files and pipes: the changing lines at intervals, and at the end what was not shown yet. */
function plainScreen(stream: NodeJS.WritableStream, now: () => number): Screen {
  let shownAt = now();
  let unshown: string[] = [];
  const write = (lines: string[]) => {
    for (const line of lines) stream.write(`${line}\n`);
    unshown = [];
  };
  return {
    columns: null,
    print: (line) => stream.write(`${line}\n`),
    show: (lines) => {
      unshown = lines;
      if (now() - shownAt < PLAIN_INTERVAL_MS) return;
      shownAt = now();
      write(lines);
    },
    end: () => write(unshown),
  };
}
