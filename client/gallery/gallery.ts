import { type Figure, picturesOf } from './figure.js';
import { FIGURES } from './figures.js';

/** Draws every chart in every case; `?chart=NAME` one of them, `?case=NAME` one case of all. */
const wanted = new URLSearchParams(window.location.search);
const host = document.getElementById('gallery')!;
if (wanted.has('case')) host.className = 'sheet';

for (const figure of FIGURES.filter(({ name }) => (wanted.get('chart') ?? name) === name))
  host.append(show(figure));

function show(figure: Figure): HTMLElement {
  const section = document.createElement('section');
  const title = document.createElement('h2');
  title.textContent = figure.name;
  const about = document.createElement('p');
  about.textContent = figure.about;
  const cases = document.createElement('div');
  cases.className = 'cases';
  for (const picture of picturesOf(figure)) {
    const name = picture.name.slice(figure.name.length + 1);
    if ((wanted.get('case') ?? name) === name) cases.append(frameOf(figure, picture, name));
  }
  section.append(title, about, cases);
  return section;
}

/** The dark case in a frame of its own, whose tokens are the dark ones. */
function frameOf(
  figure: Figure,
  { draw, theme }: ReturnType<typeof picturesOf>[number],
  name: string,
): HTMLElement {
  const frame = document.createElement('figure');
  frame.dataset.theme = theme;
  const caption = document.createElement('figcaption');
  caption.textContent = name;
  frame.append(caption, draw({ document, width: figure.width ?? 560, height: figure.height, theme }));
  return frame;
}
