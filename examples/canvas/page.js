// Two people sign in and draw on one canvas: their direct conversation is the room.

import { Natter } from '../plain/natter.js';
import { SharedCanvas } from './shared-canvas.js';

const element = (id) => document.getElementById(id);
const server = new URLSearchParams(location.search).get('server') ?? 'http://127.0.0.1:3100';
const natter = new Natter(server, 'colon');
let roomId;

// The colon dialect relays to those who have joined. A stroke that can't be sent now is not worth sending later.
const canvas = new SharedCanvas(element('canvas'), (stroke) => natter.socket.connected && natter.socket.emit('strokePoint', { roomId, ...stroke }));
natter.socket.on('strokePoint', (stroke) => { if (stroke.roomId === roomId) canvas.receive(stroke); });
natter.socket.on('error', ({ event, message }) => { if (event === 'strokePoint') show('online', message); });

element('color').addEventListener('input', choose);
element('brush').addEventListener('input', choose);
function choose() {
  canvas.color = element('color').value;
  canvas.brushSize = Number(element('brush').value);
}
choose();

element('entrance').querySelector('form').addEventListener('submit', async (event) => {
  event.preventDefault();
  const { username, password, other } = Object.fromEntries(new FormData(event.target));
  try {
    if (natter.user?.username !== username) await natter.signIn(username, password);
    await enter(other);
  } catch (refused) {
    element('entrance-error').textContent = refused.message;
  }
});

async function enter(username) {
  const { items } = await natter.call('GET', `/api/users?search=${encodeURIComponent(username)}`);
  const other = items.find((user) => user.username === username);
  if (!other) throw new Error(`Nobody is called ${username}`);
  roomId = (await natter.call('POST', '/api/conversations', { type: 'direct', participantId: other._id }))._id;
  element('title').textContent = `With ${other.name || other.username}`;
  element('entrance').hidden = true;
  element('board').hidden = false;
  if (natter.socket.connected) await join();
}

natter.addEventListener('online', join);
natter.addEventListener('offline', () => {
  canvas.live = false;
  show('connecting', 'Connecting…');
});
natter.addEventListener('signed-out', () => location.reload());

async function join() {
  if (!roomId) return;
  try {
    await natter.ask('join:conversation', { conversationId: roomId });
    canvas.live = true;
    show('online', 'Online');
  } catch (refused) {
    show('connecting', refused.message);
    if (refused.temporary && natter.socket.connected) setTimeout(join, 1_000);
  }
}

function show(state, text) {
  element('state').dataset.state = state;
  element('state').textContent = text;
}
