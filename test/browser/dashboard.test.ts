import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { startTestServer, type TestServer } from '../api/test-server.js';
import { buildPage, findChromium, startBrowser } from './chromium.js';
import { createData, type DashboardData, EVIL_NAME, lossPoints } from './dashboard-data.js';

const chromium = findChromium();
const WAIT_MS = 15_000;
const LOST = /The server does not answer\. What you see is \d+ s old/;
jest.setTimeout(60_000);

let browser: Browser;
let server: TestServer;
let data: DashboardData;
let page: Page;
let pageFolder: string;
/** what the page should never do: throw, log an error, break its content security policy */
let complaints: string[] = [];

const whenChromium = chromium ? describe : describe.skip;

beforeAll(async () => {
  if (!chromium) return;
  pageFolder = buildPage();
  browser = await startBrowser(chromium);
});
afterAll(async () => {
  await browser?.close();
  if (pageFolder) rmSync(pageFolder, { recursive: true });
});

whenChromium('the dashboard in Chromium', () => {
  beforeAll(async () => {
    server = await startTestServer({ pageFolder });
    data = await createData(server);
    page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    page.setDefaultTimeout(WAIT_MS);
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
  });
  afterAll(async () => {
    await page?.close();
    await server?.close();
  });
  beforeEach(() => {
    complaints = [];
  });

  const open = (path: string) => page.goto(`${server.url}${path}`);
  const rowNames = () => page.locator('tbody a.name').allInnerTexts();

  test('the best run of a sweep is two clicks away', async () => {
    await open('/sweeps');
    await page.click('text=era transfer');
    await page.getByText('Recommended:').or(page.getByText('Best so far:')).waitFor();
    const best = page.locator('tr', { has: page.locator('.best-badge') });
    expect(await best.textContent()).toMatch(/trial 4best, recommended.*3\.52.*0\.018/);
    await page.waitForFunction(
      () => document.querySelectorAll('[aria-label^="train/loss"] .curve').length === 6,
    );
    const parallel = page.locator('section[aria-label="Parameters and objective"]');
    expect(await parallel.locator('.line').count()).toBe(6);
    await page.click('text=trial 4');
    await page.getByRole('heading', { name: 'era transfer' }).waitFor();
    expect(page.url()).toMatch(/\/runs\/run_/);
    expect(complaints).toEqual([]);
  });

  test('a run shows curves, evaluations against the base, config and the command that repeats it', async () => {
    await page.locator('[aria-label^="train/loss"] .curve').first().waitFor({ state: 'attached' });
    const evaluations = page.locator('section[aria-label="Evaluations"]');
    expect(await evaluations.textContent()).toMatch(
      /in-domainspeechesloss, nats\/token ↓2003\.5204\.200−0\.680/,
    );
    const runId = page.url().split('/').pop();
    await page.getByText(`npx ranksweep reproduce ${runId}`).waitFor();
    await page.getByLabel('search config').fill('rank');
    expect(await page.locator('section[aria-label="Config"] .tree').textContent()).toMatch(/rank: 8/);
    expect(complaints).toEqual([]);
  });

  test('the runs table sorts, filters, and shows a chosen column, all in the address', async () => {
    await open('/runs');
    await page.getByRole('button', { name: /in_domain/ }).click();
    await page.waitForFunction(() =>
      document.querySelector('th[aria-sort="ascending"]')?.textContent?.includes('in_domain'),
    );
    await page.waitForFunction(() => document.querySelector('tbody a.name')?.textContent?.includes('4'));
    await page.getByLabel('filter runs').fill('lora.rank = 8 and in_domain/loss < 3.8');
    await page.getByText('1 of 1 runs').or(page.getByText('2 of 2 runs')).waitFor();
    expect((await rowNames()).length).toBe(1);
    await page.getByRole('button', { name: 'Columns' }).click();
    await page.getByLabel('search columns').fill('trainable');
    await page.getByLabel('trainableParameters').check();
    await page.keyboard.press('Escape');
    await page.getByRole('cell', { name: '12 288' }).waitFor();
    const address = new URL(page.url()).searchParams;
    expect(address.get('sort')).toBe('metric.in_domain/loss');
    expect(address.get('q')).toBe('lora.rank = 8 and in_domain/loss < 3.8');
    expect(address.get('columns')).toContain('facts.trainableParameters');
    await page.reload();
    await page.getByRole('cell', { name: '12 288' }).waitFor();
    expect(complaints).toEqual([]);
  });

  test('a filter that cannot be read says where, and the rows stay', async () => {
    await page.getByLabel('filter runs').fill('state:done');
    await page.getByText('no state "done"').waitFor();
    expect((await rowNames()).length).toBe(1);
    await page.getByLabel('filter runs').fill('lora.rank = 99');
    await page.getByText('No run matches this filter').waitFor();
    await page.getByRole('button', { name: 'Show all runs' }).click();
    await page.getByText('9 of 9 runs').waitFor();
  });

  test('selected runs are drawn over each other and stay selected when the page is loaded anew', async () => {
    const boxes = page.locator('tbody input[type=checkbox]');
    await boxes.nth(0).check();
    await boxes.nth(1).check();
    const overlay = page.locator('section[aria-label="Curves of 2 selected"]');
    await overlay.locator('.curve').nth(1).waitFor({ state: 'attached' });
    await page.reload();
    await overlay.locator('.curve').nth(1).waitFor({ state: 'attached' });
    expect(new URL(page.url()).searchParams.get('select')!.split(',')).toHaveLength(2);
  });

  test('two adapters are compared: what differs, what they score, and whether that can be told apart', async () => {
    const ids = new URL(page.url()).searchParams.get('select')!.split(',');
    for (const [i, runId] of ids.entries()) {
      const items = { keys: Array.from({ length: 60 }, (_, k) => `item ${k}`) };
      const values = items.keys.map((_, k) => 3 + Math.sin(k) + (i === 0 ? 0.5 + 0.1 * Math.cos(7 * k) : 0));
      const noisy = items.keys.map((_, k) => 2 + Math.sin((i + 1) * 5 * k));
      const scores = [
        { score: 'loss', goal: 'minimize', values },
        { score: 'calm', goal: 'minimize', values: noisy },
      ];
      await server.query(
        'mutation ($input: RecordEvaluationInput!) { recordEvaluation(input: $input) { name } }',
        { input: { runId, name: 'other-authors', role: 'out_of_domain', ...items, scores } },
      );
    }
    await page.getByRole('link', { name: 'Compare 2' }).click();
    await page.getByRole('heading', { name: 'Compare 2 runs' }).waitFor();
    const settings = page.locator('section[aria-label="What differs"]');
    await settings.getByRole('cell', { name: 'config.lora.rank' }).waitFor();
    await page.getByLabel('find a setting').fill('seed');
    await page
      .getByText('No name has this in it')
      .or(settings.getByRole('cell', { name: /seed/ }))
      .first()
      .waitFor();
    const words = page.locator('section[aria-label="Is it really better?"] td.words');
    await words.first().waitFor();
    expect(await words.allInnerTexts()).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^better by 0\.[45]\d* \[.*\] loss at n = 60 items$/),
        expect.stringMatching(/^not distinguishable at n = 60 items/),
      ]),
    );
    await page.getByRole('button', { name: 'as baseline' }).click();
    await page.waitForFunction(() =>
      [...document.querySelectorAll('td.words')].some((cell) => cell.textContent?.startsWith('worse by')),
    );
    expect(new URL(page.url()).searchParams.get('baseline')).toBe(ids[1]);
    await page.goBack();
    expect(complaints).toEqual([]);
  });

  test('a reproduction and its verdict stand on the original', async () => {
    await open(`/runs/${data.reproducedRunId}`);
    await page.locator('.title .badge', { hasText: 'different' }).waitFor();
    const table = page.locator('section[aria-label="Get it again"] table');
    expect(await table.textContent()).toMatch(
      /differentthis runrun_\w+train\/loss at step 2weights: .*node 20 → 22/,
    );
    expect(complaints).toEqual([]);
  });

  test('the numbers behind a table can be taken away', async () => {
    await open(`/sweeps/${data.sweepId}?trials=-objective`);
    await page.getByRole('button', { name: 'take era transfer trials away' }).click();
    const [file] = await Promise.all([page.waitForEvent('download'), page.getByText('Download CSV').click()]);
    const lines = readFileSync(await file.path(), 'utf8').split('\r\n');
    expect(lines[0]).toMatch(/^trial,run,state,objective,optimizer.learningRate,lora.rank/);
    expect(lines).toHaveLength(7);
    expect(complaints).toEqual([]);
  });

  test('the script is under 200 KB compressed', () => {
    const scripts = readdirSync(join(pageFolder, 'assets')).filter((name) => name.endsWith('.js'));
    const sizes = scripts.map((name) => gzipSync(readFileSync(join(pageFolder, 'assets', name))).length);
    // all of it, the parts that are loaded when they are first shown too
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(200_000);
  });

  test('nothing that a user wrote runs as script', async () => {
    await open(`/runs/${data.evilRunId}`);
    await page.getByRole('heading', { name: EVIL_NAME }).waitFor();
    await page.locator('[aria-label*="bad/"] .curve').first().waitFor({ state: 'attached' });
    await open(`/runs?columns=${encodeURIComponent(`config.note,metric.bad/${EVIL_NAME}`)}`);
    await page.getByRole('link', { name: EVIL_NAME }).waitFor();
    expect(await page.evaluate(() => [(window as { evil?: boolean }).evil, document.images.length])).toEqual([
      undefined,
      0,
    ]);
    expect(complaints).toEqual([]);
  });

  test('new points appear without reload, and scroll stays', async () => {
    await open(`/sweeps/${data.sweepId}`);
    const runId = data.running.run!.id;
    const curve = `[aria-label^="train/loss"] [data-run="${runId}"] .curve`;
    await page.locator(curve).waitFor({ state: 'attached' });
    await page.evaluate(() => {
      window.scrollTo(0, 300);
      (window as { mark?: string }).mark = 'same page';
    });
    const before = await page.locator(curve).getAttribute('d');
    await data.worker.report(data.running, 2, lossPoints(data.running, 21, 40));
    await page.waitForFunction(
      ([selector, d]) => document.querySelector(selector!)?.getAttribute('d') !== d,
      [curve, before],
    );
    expect(await page.evaluate(() => [(window as { mark?: string }).mark, window.scrollY])).toEqual([
      'same page',
      300,
    ]);
    await data.worker.finish(data.running);
    await page.getByText('6 of 6 trials').waitFor();
  });

  test('a brush on an axis narrows the trials and is in the address', async () => {
    const parallel = page.locator('section[aria-label="Parameters and objective"]');
    const axis = parallel.locator('.dimension .overlay').nth(1);
    await axis.scrollIntoViewIfNeeded();
    const box = (await axis.boundingBox())!;
    await page.mouse.move(box.x + box.width / 2, box.y + 2);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 3, { steps: 4 });
    await page.mouse.up();
    await page.getByText('3 of 6 trials chosen').waitFor();
    expect(new URL(page.url()).searchParams.get('brush')).toMatch(/^lora\.rank~/);
    await page.getByRole('button', { name: 'Clear choice' }).click();
    await page.locator('section[aria-label="Trials"] tbody tr').nth(5).waitFor();
  });

  test('people can pause, resume and cancel a sweep, and are asked before the last', async () => {
    const yaml =
      'method: random\nname: to stop\nprogram: a.py\nmetric: {name: loss}\nrun_cap: 3\nparameters:\n  x: {min: 0.0, max: 1.0}\n';
    const { createSweep } = await server.query(
      'mutation ($input: CreateSweepInput!) { createSweep(input: $input) { id } }',
      { input: { yaml } },
    );
    await open(`/sweeps/${createSweep.id}`);
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByRole('button', { name: 'Resume' }).click();
    await page.getByRole('button', { name: 'Cancel …' }).click();
    await page.getByRole('button', { name: 'Cancel the sweep' }).click();
    await page.locator('.title .badge', { hasText: 'cancelled' }).waitFor();
  });

  test('workers are listed', async () => {
    await open('/workers');
    await page.getByRole('cell', { name: 'worker 1' }).waitFor();
    expect(complaints).toEqual([]);
  });

  test('a lost connection is said, and heals by itself', async () => {
    await open('/runs');
    await page.getByText('9 of 9 runs').waitFor();
    await page.route('**/graphql', (route) => route.abort());
    await page.getByText(LOST).waitFor();
    await page.unroute('**/graphql');
    await page.getByText('does not answer').waitFor({ state: 'detached' });
  });

  test('when the server is gone the last data stays, with its age', async () => {
    await server.close();
    await page.getByText(LOST).waitFor();
    expect((await rowNames()).length).toBe(9);
    await page.getByRole('link', { name: 'Workers' }).click();
    await page
      .getByText('The workers could not be loaded.')
      .or(page.getByRole('cell', { name: 'worker 1' }))
      .waitFor();
    await page.goBack();
    await page.locator('tbody a.name').nth(8).waitFor();
  });
});

whenChromium('an empty server', () => {
  test('teaches the command that fills each page', async () => {
    const empty = await startTestServer({ pageFolder });
    const tab = await browser.newPage();
    for (const [path, command] of [
      ['/runs', 'npm run quickstart'],
      ['/sweeps', 'npx ranksweep sweep sweeps/quickstart.yaml'],
      ['/workers', 'npx ranksweep worker'],
    ]) {
      await tab.goto(`${empty.url}${path}`);
      await tab.getByText(command!, { exact: true }).first().waitFor();
    }
    await tab.close();
    await empty.close();
  });
});
