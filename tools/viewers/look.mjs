// Opens logs in H5Web in Chromium, checks what is drawn, and takes pictures. Started by `look`, which builds the page.
// Usage: look.mjs PAGE LOG SWEEP PICTURES
import assert from "node:assert/strict";
import fs from "node:fs";
import http from "node:http";
import path from "node:path";

import * as h5wasm from "h5wasm/node";
import { chromium } from "playwright-core";

await h5wasm.ready;
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

/** The drawn picture as rows of [red, green, blue], `height` × `width` points of it: the area that is not white. */
async function picture(height, width) {
  const shot = (await page.locator("canvas").screenshot()).toString("base64");
  return page.evaluate(async ([image, rows, columns]) => {
    const bitmap = await createImageBitmap(await (await fetch("data:image/png;base64," + image)).blob());
    const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d");
    context.drawImage(bitmap, 0, 0);
    const { data, width: across, height: down } = context.getImageData(0, 0, bitmap.width, bitmap.height);
    const drawn = (x, y) => data[4 * (y * across + x)] < 250;
    const range = (length, other, is) => {
      const filled = [...Array(length).keys()].filter((i) => [...Array(other).keys()].filter((j) => is(i, j)).length > other / 3);
      return [filled[0], filled.at(-1) + 1];
    };
    const [left, right] = range(across, down, (x, y) => drawn(x, y)), [top, bottom] = range(down, across, (y, x) => drawn(x, y));
    const at = (share, from, to) => Math.floor(from + share * (to - from));
    return [...Array(rows).keys()].map((row) => [...Array(columns).keys()].map((column) => {
      const x = at((column + 0.5) / columns, left, right), y = at((row + 0.5) / rows, top, bottom);
      return [...data.slice(4 * (y * across + x), 4 * (y * across + x) + 3)];
    }));
  }, [shot, height, width]);
}

async function take(name) {
  if (pictures) await page.screenshot({ path: path.join(pictures, name + ".png") });
}

const checks = {
  async "a log opens on its curves, with the terms to choose from"() {
    await open("/log.h5");
    assert.deepEqual(await kindOfPlot(), ["NX Line"]);
    // Drawn beside the objective, each with a box of its own.
    const beside = read("/", (root) => root.get(`metrics/${root.get("metrics").attrs.default.value}`).attrs.auxiliary_signals?.value ?? []);
    await page.getByRole("button", { name: "Signals" }).click();
    const boxes = await page.locator("input[type=checkbox], [role=menuitemcheckbox], [role=checkbox]").count();
    assert(beside.length > 0 && boxes >= beside.length, `${boxes} boxes for ${beside}`);
    const shown = await words();
    assert(shown.includes("step"), "the axis says what it is");
    assert(shown.some((line) => line.startsWith("objective")), "the curve is of the objective");
    await take("h5web_curves");
    return `with boxes for ${beside.join(", ")}`;
  },
  async "samples open as one upright picture in gray, at the last snapshot"() {
    await open("/log.h5", "/samples");
    assert.deepEqual(await kindOfPlot(), ["NX RGB"]);
    const { shape, values } = read("/samples/image_sheet", (sheet) => ({
      shape: sheet.shape, values: sheet.slice([[sheet.shape[0] - 1, sheet.shape[0]]]) }));
    const [, height, width] = shape;
    const shown = await picture(height, width);
    assert(shown.flat().every(([red, green, blue]) => Math.abs(red - green) < 3 && Math.abs(green - blue) < 3), "in gray");
    let wrong = 0, flipped = 0;
    for (let row = 0; row < height; ++row)
      for (let column = 0; column < width; ++column) {
        const value = (y) => 255 * Math.min(1, Math.max(0, values[3 * (y * width + column)]));
        wrong += Math.abs(shown[row][column][0] - value(row));
        flipped += Math.abs(shown[row][column][0] - value(height - 1 - row));
      }
    assert(wrong < flipped / 4, `off by ${wrong}, upside down by ${flipped}`);
    await take("h5web_samples");
    return `a pixel is off by ${(wrong / height / width).toFixed(1)} of 255, upside down by ${(flipped / height / width).toFixed(1)}`;
  },
  async "a histogram over the steps fills the plot"() {
    const group = groups().find((name) => read(name, (one) => one.attrs.signal?.value ?? "").endsWith("_histogram"));
    await open("/log.h5", group);
    assert.deepEqual(await kindOfPlot(), ["NX Heatmap"]);
    // 64 bins to hundreds of steps: to one scale the picture would be a line.
    const { width } = await page.locator("canvas").boundingBox();
    const points = (await picture(20, 20)).flat();
    assert(new Set(points.map(String)).size > 3 && width > 400, "it is drawn over the whole plot");
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

/** What `look` makes of a dataset of the log. */
function read(name, look) {
  const file = new h5wasm.File(log, "r");
  try {
    return look(file.get(name));
  } finally {
    file.close();
  }
}

/** All groups of the log. */
function groups() {
  const found = [];
  const visit = (group, at) => {
    for (const name of group.keys()) {
      const item = group.get(name);
      if (item?.type !== "Group") continue;
      found.push(`${at}/${name}`);
      visit(item, `${at}/${name}`);
    }
  };
  read("/", (root) => visit(root, ""));
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
