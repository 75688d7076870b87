// Making elements. Text from users only ever goes in as text, never as markup.

/** A copy of a <template>: `root`, and its elements with data-part by that name. */
export function instantiate(templateId) {
  const root = document.getElementById(templateId).content.firstElementChild.cloneNode(true);
  return { root, ...partsOf(root) };
}

export function partsOf(root) {
  return Object.fromEntries([...root.querySelectorAll('[data-part]')].map((el) => [el.dataset.part, el]));
}

export function element(tag, { testid, className, text, ...attributes } = {}) {
  const el = document.createElement(tag);
  if (testid) el.dataset.testid = testid;
  if (className) el.className = className;
  if (text !== undefined) el.textContent = text;
  for (const [name, value] of Object.entries(attributes)) el.setAttribute(name, value);
  return el;
}

/** Shows `text`, or hides the element where there is none. Leaves equal text alone: a selection in it survives. */
export function show(el, text) {
  el.hidden = !text;
  if (el.textContent !== (text ?? '')) el.textContent = text ?? '';
}

export function setIcon(use, name) {
  use.setAttribute('href', `#i-${name}`);
}

/** Initials, or the profile image, on one of a few colours that stays with the id. */
export function paintAvatar(el, { _id, name, username, profileImage, groupImage }) {
  const title = name || username || '?';
  const key = `${_id}|${title}|${profileImage ?? groupImage ?? ''}`;
  if (el.dataset.key === key) return;
  el.dataset.key = key;
  el.dataset.hue = [...String(_id)].reduce((hash, c) => (hash * 31 + c.charCodeAt(0)) % 9973, 7) % 6;
  const image = safeUrl(profileImage ?? groupImage);
  if (image) el.replaceChildren(element('img', { src: image, alt: '' }));
  else el.textContent = title.trim().split(/\s+/).slice(0, 2).map((word) => [...word][0]).join('').toUpperCase();
}

/** An address that may become a link or a picture, or null: never `javascript:` and the like. */
export function safeUrl(url) {
  if (!url) return null;
  try {
    const { protocol, href } = new URL(url, location.href);
    return protocol === 'http:' || protocol === 'https:' ? href : null;
  } catch {
    return null;
  }
}
