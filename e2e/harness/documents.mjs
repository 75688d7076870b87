// Small documents and sounds, made here, and what `POST /api/upload` takes them with.

import assert from 'node:assert/strict';

import { crc32, form } from './media.mjs';

const u16 = (value) => { const out = Buffer.alloc(2); out.writeUInt16LE(value); return out; };
const u32 = (value) => { const out = Buffer.alloc(4); out.writeUInt32LE(value); return out; };

/** A zip archive of `[name, text]` entries, not compressed. */
export function zip(entries) {
  const files = [];
  const directory = [];
  let at = 0;
  for (const [name, text] of entries) {
    const [path, body] = [Buffer.from(name), Buffer.from(text)];
    const same = Buffer.concat([
      u16(20), u16(0), u16(0), u16(0), u16(0x21), u32(crc32(body)), u32(body.length), u32(body.length), u16(path.length), u16(0),
    ]);
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), same, path, body]);
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02', 'latin1'), u16(20), same, Buffer.alloc(10), u32(at), path]));
    files.push(local);
    at += local.length;
  }
  const list = Buffer.concat(directory);
  const end = Buffer.concat([
    Buffer.from('PK\x05\x06', 'latin1'), u32(0), u16(entries.length), u16(entries.length), u32(list.length), u32(at), u16(0),
  ]);
  return Buffer.concat([...files, list, end]);
}

const TYPES = ['[Content_Types].xml', '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'];

/** A document of Word with one paragraph, as far as a server looks. */
export const docx = zip([TYPES, ['_rels/.rels', '<Relationships/>'], ['word/document.xml', '<w:document><w:p>Hello</w:p></w:document>']]);
/** A sheet of Excel in the same container. */
export const xlsx = zip([TYPES, ['xl/workbook.xml', '<workbook/>']]);

/** A compound file whose root has these streams, at most three. */
export function compoundFile(streams) {
  const none = 0xffffffff;
  const entry = (name, kind, right, child) => {
    const out = Buffer.alloc(128);
    out.write(name, 0, 'utf16le');
    out.writeUInt16LE(name.length * 2 + 2, 64);
    out.set([kind, 1], 66);
    [none, right, child].forEach((value, index) => out.writeUInt32LE(value, 68 + 4 * index));
    return out;
  };
  const header = Buffer.alloc(512, 0xff);
  header.fill(0, 0, 76);
  header.set(Buffer.from('d0cf11e0a1b11ae1', 'hex'));
  header.set([0x3e, 0, 3, 0, 0xfe, 0xff, 9, 0, 6, 0], 24);
  header.writeUInt32LE(1, 44);
  header.writeUInt32LE(1, 48);
  header.writeUInt32LE(0, 76);
  const table = Buffer.alloc(512, 0xff);
  table.writeUInt32LE(0xfffffffd, 0);
  table.writeUInt32LE(0xfffffffe, 4);
  const list = Buffer.alloc(512);
  list.set(entry('Root Entry', 5, none, 1));
  streams.forEach((name, index) => list.set(entry(name, 2, index + 1 < streams.length ? index + 2 : none, none), 128 * (index + 1)));
  return Buffer.concat([header, table, list]);
}

/** A document of Word before 2007, as far as a server looks. */
export const doc = compoundFile(['1Table', 'WordDocument']);
/** A sheet of Excel in the same container. */
export const xls = compoundFile(['Workbook']);
/** A page without anything on it. */
export const pdf = Buffer.from('%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n');

const frame = Buffer.concat([Buffer.from([0xff, 0xfb, 0x90, 0x64]), Buffer.alloc(413)]);
/** A tag and two frames of silence. */
export const mp3 = Buffer.concat([Buffer.from('ID3\x03\0\0\0\0\0\0', 'latin1'), frame, frame]);
/** The same without the tag. */
export const bareMp3 = Buffer.concat([frame, frame]);

/** Uploads a file by name and returns the answer. */
export const send = (user, bytes, filename, type) => user.post('/api/upload', form('file', bytes, filename, type));

/** Uploads a file that must be taken, and returns the `file` object of the answer, which has nothing else. */
export async function uploadFile(user, bytes, filename, type) {
  const answer = await send(user, bytes, filename, type);
  assert.equal(answer.status, 200, String(answer.bytes));
  assert.deepEqual(answer.body, { success: true, file: answer.body.file });
  return answer.body.file;
}
