// Small files of every accepted type, made here or kept as a few bytes, and what is needed to upload them.

import { crc32 as zlibCrc, deflateSync } from 'node:zlib';

import { ok } from './http.mjs';

const base64 = (text) => Buffer.from(text, 'base64');

export function crc32(bytes) {
  if (zlibCrc) return zlibCrc(bytes);
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

function pngChunk(name, data) {
  const body = Buffer.concat([Buffer.from(name), data]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length, 0);
  body.copy(out, 4);
  out.writeUInt32BE(crc32(body), body.length + 4);
  return out;
}

const RED = () => [200, 30, 30];

/** A PNG whose pixels are `paint(x, y)`; with `real: false` its header promises the size but there is hardly a pixel behind it. */
export function png(width = 64, height = 48, { real = true, paint = RED } = {}) {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const pixels = Buffer.alloc(real ? height * (1 + width * 3) : 64);
  for (let y = 0; real && y < height; y += 1) {
    for (let x = 0; x < width; x += 1) pixels.set(paint(x, y), y * (1 + width * 3) + 1 + x * 3);
  }
  return Buffer.concat([
    base64('iVBORw0KGgo='), pngChunk('IHDR', header), pngChunk('IDAT', deflateSync(pixels)), pngChunk('IEND', Buffer.alloc(0)),
  ]);
}

/** A sunset over the sea. */
export const sunset = (width = 480, height = 270) => png(width, height, {
  paint(x, y) {
    const horizon = height * 0.62;
    const [dx, dy] = [x - width * 0.6, y - horizon];
    const depth = Math.abs(dy) / horizon;
    if (dy < 0 && dx * dx + dy * dy < (height * 0.2) ** 2) return [255, 236, 170];
    const sky = [250 - 130 * depth, 150 - 80 * depth, 90 + 70 * depth];
    if (dy < 0) return sky;
    const glint = Math.abs(dx) < height * (0.08 + 0.2 * depth) && y % 9 < 4;
    return glint ? [250, 200, 130] : sky.map((value) => value * 0.45);
  },
});

/** A JPEG of 3 by 2 pixels. */
export const jpeg = base64('/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAFA3PEY8MlBGQUZaVVBfeMiCeG5uePWvuZHI////////////////////////////////////////////////////2wBDAVVaWnhpeOuCguv/////////////////////////////////////////////////////////////////////////wAARCAACAAMDASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAP/xAAUEAEAAAAAAAAAAAAAAAAAAAAA/8QAFQEBAQAAAAAAAAAAAAAAAAAAAgT/xAAUEQEAAAAAAAAAAAAAAAAAAAAA/9oADAMBAAIRAxEAPwCQAKH/2Q==');
/** A GIF of 3 by 2 pixels. */
export const gif = base64('R0lGODdhAwACAIEAAMgeHgAAAAAAAAAAACwAAAAAAwACAAAIBgABCBwYEAA7');
/** A WebP of 3 by 2 pixels. */
export const webp = base64('UklGRh4AAABXRUJQVlA4TBEAAAAvAkAAAAdQjyLXo/+BiOh/AAA=');

const mp4Like = (brand) => {
  const head = Buffer.from(`\0\0\0\x18ftyp${brand}\0\0\x02\0isom${brand}`, 'latin1');
  return Buffer.concat([head, Buffer.from('\0\0\0\x08free\0\0\0\x10mdat01234567', 'latin1')]);
};
const ebml = (docType) => {
  const versions = Buffer.from([0x42, 0x86, 0x81, 1, 0x42, 0xf7, 0x81, 1, 0x42, 0xf2, 0x81, 4, 0x42, 0xf3, 0x81, 8]);
  const type = Buffer.concat([Buffer.from([0x42, 0x82, 0x80 + docType.length]), Buffer.from(docType)]);
  const head = Buffer.from([0x1a, 0x45, 0xdf, 0xa3, 0x80 + versions.length + type.length]);
  return Buffer.concat([head, versions, type, Buffer.alloc(64)]);
};

/** The beginnings of video files, enough to tell their type by. */
export const videos = {
  mp4: mp4Like('mp42'),
  mov: mp4Like('qt  '),
  avi: Buffer.concat([Buffer.from('RIFF\x40\0\0\0AVI LIST', 'latin1'), Buffer.alloc(64)]),
  webm: ebml('webm'),
  mkv: ebml('matroska'),
};

/** A form with one file. */
export function form(field, bytes, filename = 'file.bin', type = 'application/octet-stream') {
  const data = new FormData();
  data.append(field, new Blob([bytes], { type }), filename);
  return data;
}

/** Uploads for chat and returns what the server says of the file. */
export const upload = async (user, bytes, filename, type) => ok(await user.post('/api/media/upload', form('media', bytes, filename, type)));
