// Opens logs in H5Web in Chromium, checks what is drawn, and takes pictures. Started by `look`, which builds the page.
// Usage: look.mjs PAGE LOG SWEEP PICTURES
import assert from "node:assert/strict";
import fs from "node:fs";
import http from "node:http";
import path from "node:path";

import { chromium } from "playwright-core";

const [built, log, sweep, pictures] = process.argv.slice(2);
const served = { "/log.h5": log, "/sweep.h5": sweep };
const types = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".wasm": "application/wasm" };

const server = http.createServer((request, response) => {
  const name = new URL(request.url, "http://localhost").pathname;
  const file = served[name] ?? path.join(built, path.normalize(name === "/" ? "/index.html" : name));
  if (!fs.existsSync(file)) return response.writeHead(404).end();
  response.writeHead(200, { "content-type": types[path.extname(file)] ?? "application/octet-stream" });
  fs.createReadStream(file).pipe(response);
}).listen(0, "localhost");
await new Promise((ready) => server.once("listening", ready));

// Software rendering: a server has no graphics card. The other flags keep Chromium from looking for its maker's hosts.
const browser = await chromium.launch({
  executablePath: "/usr/bin/chromium",
  args: ["--headless", "--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"],
});
const page = await browser.newPage({ viewport: { width: 1100, height: 700 } });

/** Opens a file, at a path or where it leads to, and waits until something is drawn. */
async function open(file, where = "/") {
  const query = new URLSearchParams({ file, path: where });
  await page.goto(`http://localhost:${server.address().port}/?${query}`);
  await page.locator("canvas").waitFor({ timeout: 60_000 });
  await page.waitForTimeout(1500);
}

const kindOfPlot = async () => (await page.locator("[role=tab][aria-selected=true]").allInnerTexts()).filter(Boolean);
const words = async () => (await page.locator("body").innerText()).split("\n").map((line) => line.trim());

/** The pixels of the drawing as [red, green, blue], of a column `x` and a row `y` given as shares of its size. */
async function pixels(places) {
  const shot = (await page.locator("canvas").screenshot()).toString("base64");
  return page.evaluate(async ([image, wanted]) => {
    const bitmap = await createImageBitmap(await (await fetch("data:image/png;base64," + image)).blob());
    const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d");
    context.drawImage(bitmap, 0, 0);
    return wanted.map(([x, y]) =>
      [...context.getImageData(Math.floor(x * bitmap.width), Math.floor(y * bitmap.height), 1, 1).data.slice(0, 3)]);
  }, [shot, places]);
}

async function take(name) {
  if (pictures) await page.screenshot({ path: path.join(pictures, name + ".png") });
}

const checks = {
  async "a log opens on its curves, with the terms to choose from"() {
    await open("/log.h5");
    assert.deepEqual(await kindOfPlot(), ["NX Line"]);
    const boxes = await page.locator("[role=menuitemcheckbox], input[type=checkbox]").count();
    const shown = await words();
    assert(shown.includes("step"), "the axis says what it is");
    assert(shown.some((line) => line.startsWith("objective")), "the curve is of the objective");
    await take("h5web_curves");
    return `${boxes} check boxes`;
  },
  async "samples open as one upright picture in gray, at the last snapshot"() {
    await open("/log.h5", "/samples");
    assert.deepEqual(await kindOfPlot(), ["NX RGB"]);
    // Gray: all three channels are alike, and not everything is black.
    const grid = [];
    for (let y = 0.3; y < 0.7; y += 0.01) for (let x = 0.4; x < 0.7; x += 0.01) grid.push([x, y]);
    const colors = await pixels(grid);
    assert(colors.every(([red, green, blue]) => Math.abs(red - green) < 3 && Math.abs(green - blue) < 3));
    const lightest = Math.max(...colors.flat()), darkest = Math.min(...colors.flat());
    assert(lightest > 200 && darkest < 60, `from ${darkest} to ${lightest}`);
    await take("h5web_samples");
    return `${darkest} to ${lightest}`;
  },
  async "a histogram over the steps fills the plot"() {
    const group = (await paths()).find((name) => name.endsWith("gradient_histogram"));
    await open("/log.h5", group.slice(0, group.lastIndexOf("/")));
    assert.deepEqual(await kindOfPlot(), ["NX Heatmap"]);
    await take("h5web_histogram");
    return group;
  },
  async "a sweep opens on its objective over the runs"() {
    await open("/sweep.h5");
    assert.deepEqual(await kindOfPlot(), ["NX Line"]);
    assert((await words()).some((line) => line.startsWith("last value of ")), "the axis says what it is");
    await take("h5web_sweep");
  },
};

/** All datasets of the log. */
async function paths() {
  const { File, ready, FS } = await import("h5wasm/node");
  await ready;
  const file = new File(log, "r");
  const found = [];
  const visit = (group, at) => {
    for (const name of group.keys()) {
      const item = group.get(name);
      if (item?.type === "Group") visit(item, `${at}/${name}`);
      else found.push(`${at}/${name}`);
    }
  };
  visit(file, "");
  file.close();
  return found;
}

let failed = 0;
for (const [what, check] of Object.entries(checks)) {
  try {
    const more = await check();
    console.log(`ok      ${what}${more ? ` (${more})` : ""}`);
  } catch (error) {
    console.log(`FAILED  ${what}: ${error.message}`);
    failed += 1;
  }
}
await browser.close();
server.close();
process.exit(failed === 0 ? 0 : 1);
