/** Where progress is shown: lines that stay, above lines that change. */
export interface Screen {
  /** a line that stays */
  print(line: string): void;
  /** replaces the lines that change */
  show(lines: string[]): void;
  /** removes the lines that change */
  end(): void;
}

/** How often changing lines are repeated where they cannot be replaced. */
const PLAIN_INTERVAL_MS = 10_000;

export function screenOn(stream: NodeJS.WriteStream, now: () => number = Date.now): Screen {
  return stream.isTTY ? terminalScreen(stream) : plainScreen(stream, now);
}

export const NO_SCREEN: Screen = { print: () => {}, show: () => {}, end: () => {} };

function terminalScreen(stream: NodeJS.WriteStream): Screen {
  let live: string[] = [];
  const clear = () => (live.length === 0 ? '' : `\x1b[${live.length}A\x1b[0J`);
  const text = (lines: string[]) =>
    lines.map((line) => `${line.slice(0, (stream.columns || 80) - 1)}\n`).join('');
  return {
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

/** For files and pipes: the changing lines at intervals. */
function plainScreen(stream: NodeJS.WritableStream, now: () => number): Screen {
  let shownAt = now();
  return {
    print: (line) => stream.write(`${line}\n`),
    show: (lines) => {
      if (now() - shownAt < PLAIN_INTERVAL_MS) return;
      shownAt = now();
      for (const line of lines) stream.write(`${line}\n`);
    },
    end: () => {},
  };
}
