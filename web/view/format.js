// Times and sizes in words, in the reader's own language settings where that matters.

const MINUTE = 60_000;
const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const date = new Intl.DateTimeFormat(undefined, { weekday: 'short', day: 'numeric', month: 'long' });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

export const clockTime = (iso) => clock.format(new Date(iso));
export const fullTime = (iso) => full.format(new Date(iso));

export function dayOf(iso, now = new Date()) {
  const day = new Date(iso);
  if (day.toDateString() === now.toDateString()) return 'Today';
  const yesterday = new Date(now);
  yesterday.setDate(now.getDate() - 1);
  if (day.toDateString() === yesterday.toDateString()) return 'Yesterday';
  return date.format(day);
}

export function lastSeen(iso, now = Date.now()) {
  if (!iso) return 'offline';
  const minutes = Math.floor((now - new Date(iso)) / MINUTE);
  if (minutes < 1) return 'last seen just now';
  if (minutes < 60) return `last seen ${minutes} min ago`;
  const day = dayOf(iso);
  return day === 'Today' ? `last seen at ${clockTime(iso)}` : `last seen ${day}, ${clockTime(iso)}`;
}

export function fileSize(bytes) {
  if (!Number.isFinite(bytes)) return '';
  return bytes < 1024 * 1024 ? `${Math.ceil(bytes / 1024)} KB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

/** What stands for a message in a list or a quote. */
export function summary({ text, media = [], deleted }) {
  if (deleted) return 'Message deleted';
  if (text) return text;
  const type = media[0]?.type;
  return type === 'image' ? 'Picture' : type === 'video' ? 'Video' : type ? 'File' : 'Message';
}
