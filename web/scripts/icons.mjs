// Draws the page's icons as PNG files: four candles on a dark field. Run `npm run icons` after changing the drawing.
import { writeFileSync } from "node:fs";
import { deflateSync, crc32 } from "node:zlib";

const FIELD = [15, 19, 25];
const WICK = [232, 236, 242];
const UP = [255, 95, 109];
const DOWN = [91, 157, 255];
// In a square of 64: x of the middle, wick from/to, body from/to, colour.
const CANDLES = [
  [14, 22, 44, 28, 38, DOWN],
  [26, 14, 44, 20, 36, UP],
  [38, 20, 50, 26, 41, DOWN],
  [50, 12, 36, 17, 30, UP],
];

function colourAt(x, y) {
  for (const [middle, top, bottom, bodyTop, bodyBottom, colour] of CANDLES) {
    if (Math.abs(x - middle) <= 3.5 && y >= bodyTop && y <= bodyBottom) return colour;
    if (Math.abs(x - middle) <= 1.2 && y >= top && y <= bottom) return WICK;
  }
  return FIELD;
}

function isInside(x, y, radius) {
  const dx = Math.max(radius - x, x - (64 - radius), 0);
  const dy = Math.max(radius - y, y - (64 - radius), 0);
  return dx * dx + dy * dy <= radius * radius;
}

/** `scale` shrinks the drawing into the safe zone of a maskable icon; `radius` rounds the field's corners. */
function pixels(size, { scale, radius }) {
  const rows = Buffer.alloc(size * (size * 4 + 1));
  const samples = 3; // per axis: soft edges
  for (let row = 0; row < size; row += 1) {
    for (let column = 0; column < size; column += 1) {
      const sum = [0, 0, 0, 0];
      for (let s = 0; s < samples * samples; s += 1) {
        const x = ((column + ((s % samples) + 0.5) / samples) / size) * 64;
        const y = ((row + (Math.floor(s / samples) + 0.5) / samples) / size) * 64;
        if (!isInside(x, y, radius)) continue;
        const colour = colourAt(32 + (x - 32) / scale, 32 + (y - 32) / scale);
        sum[0] += colour[0];
        sum[1] += colour[1];
        sum[2] += colour[2];
        sum[3] += 1;
      }
      const at = row * (size * 4 + 1) + 1 + column * 4;
      const seen = sum[3] || 1;
      rows[at] = Math.round(sum[0] / seen);
      rows[at + 1] = Math.round(sum[1] / seen);
      rows[at + 2] = Math.round(sum[2] / seen);
      rows[at + 3] = Math.round((sum[3] / (samples * samples)) * 255);
    }
  }
  return rows;
}

function chunk(kind, body) {
  const named = Buffer.concat([Buffer.from(kind, "latin1"), body]);
  const out = Buffer.alloc(body.length + 12);
  out.writeUInt32BE(body.length, 0);
  named.copy(out, 4);
  out.writeUInt32BE(crc32(named), body.length + 8);
  return out;
}

function png(size, drawing) {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(size, 0);
  header.writeUInt32BE(size, 4);
  header.set([8, 6, 0, 0, 0], 8); // eight bits, RGBA
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(pixels(size, drawing), { level: 9 })),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

const folder = new URL("../public/icons/", import.meta.url);
writeFileSync(new URL("icon-192.png", folder), png(192, { scale: 1, radius: 14 }));
writeFileSync(new URL("icon-512.png", folder), png(512, { scale: 1, radius: 14 }));
writeFileSync(new URL("maskable-512.png", folder), png(512, { scale: 0.75, radius: 0 }));
