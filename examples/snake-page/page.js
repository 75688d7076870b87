// Shows what chat.js knows. What users wrote goes in as text only.

import { Natter } from '../plain/natter.js';
import { Chat } from './chat.js';

const element = (id) => document.getElementById(id);
const server = new URLSearchParams(location.search).get('server') ?? 'http://127.0.0.1:3100';
const natter = new Natter(server, 'snake');
const chat = new Chat(natter);
let open = null;

const STATUS = { sending: 'Sending', failed: 'Not sent', sent: 'Sent', delivered: 'Delivered', read: 'Read' };

/** Handles a form without leaving the page; tells in `notice` why something was refused. */
function onSubmit(form, notice, handle) {
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    element(notice).textContent = '';
    try {
      await handle(Object.fromEntries(new FormData(form)));
    } catch (refused) {
      element(notice).textContent = refused.message;
    }
  });
}

onSubmit(element('entrance').querySelector('form'), 'entrance-error', async ({ username, password }) => {
  await natter.signIn(username, password);
  element('me').textContent = natter.user.username;
  element('entrance').hidden = true;
  element('chat').hidden = false;
});

onSubmit(element('new-direct'), 'notice', async ({ username }) => {
  show(await chat.direct(username.trim()));
  // What was typed meanwhile stays.
  const field = element('new-direct').elements.username;
  if (field.value === username) field.value = '';
});

onSubmit(element('new-group'), 'notice', async ({ name, members }) => {
  show(await chat.group(name, members.trim().split(/[\s,]+/)));
  element('new-group').reset();
  element('new-group').closest('details').open = false;
});

onSubmit(element('composer'), 'notice', () => {
  const text = element('text').value;
  const [file] = element('file').files;
  if (!text.trim() && !file) return;
  chat.send(open, text.trim() ? text : null, file);
  element('composer').reset();
  attached();
});

element('text').addEventListener('input', () => chat.typing(open));
element('file').addEventListener('change', attached);
function attached() {
  const [file] = element('file').files;
  element('file').nextElementSibling.textContent = file ? file.name : 'File';
}

function show(thread) {
  open = thread;
  render();
  element('text').focus();
}

// --- what is shown ---

chat.addEventListener('change', render);
document.addEventListener('visibilitychange', render);
natter.addEventListener('online', () => state('online', 'Online'));
natter.addEventListener('offline', () => state('connecting', 'Connecting…'));
natter.addEventListener('signed-out', () => location.reload());

function state(name, text) {
  element('state').dataset.state = name;
  element('state').textContent = text;
}

function render() {
  element('threads').replaceChildren(...chat.threads.map(threadItem));
  element('pane').hidden = !open;
  if (!open) return;
  chat.load(open);
  element('title').textContent = open.title;
  element('presence').textContent = chat.presence.get(open.peer) ?? '';
  element('typing').textContent = open.typing.size > 0 ? `${[...open.typing.values()].join(', ')} is typing…` : '';
  renderMessages(open.messages);
  if (document.visibilityState === 'visible') chat.markRead(open, open.messages);
}

function threadItem(thread) {
  const item = element('thread-template').content.cloneNode(true);
  const button = item.querySelector('button');
  button.setAttribute('aria-current', thread === open);
  button.addEventListener('click', () => show(thread));
  item.querySelector('.title').textContent = thread.title;
  const unread = item.querySelector('.unread');
  unread.textContent = thread.unread;
  unread.hidden = thread.unread === 0 || thread === open;
  unread.setAttribute('aria-label', `${thread.unread} unread`);
  return item;
}

// Elements stay while their message does: what is read out, selected or playing isn't disturbed.
const shown = new Map();
let shownOf = null;

function renderMessages(messages) {
  if (shownOf !== open) shown.clear();
  shownOf = open;
  const list = element('messages');
  const before = list.lastElementChild;
  const items = messages.map((message) => {
    const key = message.clientMessageId ?? message._id;
    const old = shown.get(key);
    const look = JSON.stringify(message);
    if (old?.look === look) return old.item;
    const item = messageItem(message);
    shown.set(key, { look, item });
    return item;
  });
  if (items.length !== list.children.length || items.some((item, index) => item !== list.children[index])) list.replaceChildren(...items);
  if (list.lastElementChild !== before) list.scrollTop = list.scrollHeight;
}

function messageItem({ sender, content, file, upload, deleted, status, error, createdAt }) {
  const item = element('message-template').content.cloneNode(true).firstElementChild;
  const own = !sender || sender._id === natter.user._id;
  item.classList.toggle('own', own);
  item.dataset.status = status;
  item.querySelector('.author').textContent = own ? '' : sender.username;
  item.querySelector('.text').textContent = deleted ? 'Message deleted' : content ?? '';
  if (file && sender) item.querySelector('.text').after(attachment(file));
  else if (upload) item.querySelector('.text').after(Object.assign(document.createElement('span'), { textContent: upload.name }));
  const time = createdAt && new Date(createdAt).toLocaleTimeString([], { timeStyle: 'short' });
  item.querySelector('.meta').textContent = [time, own && STATUS[status], error].filter(Boolean).join(' · ');
  return item;
}

function attachment({ url, filename, mimetype }) {
  const address = natter.address(url);
  const [kind] = (mimetype ?? '').split('/');
  if (kind === 'image') return Object.assign(document.createElement('img'), { src: address, alt: filename ?? 'Image' });
  if (kind === 'audio' || kind === 'video') return Object.assign(document.createElement(kind), { src: address, controls: true });
  return Object.assign(document.createElement('a'), { href: address, textContent: filename ?? 'File', download: '' });
}
