// A picture, large, over the whole page. Escape, the button or a click beside it closes it.
import { partsOf } from './dom.js';

const dialog = document.getElementById('lightbox');
const { image, link, close } = partsOf(dialog);

close.addEventListener('click', () => dialog.close());
dialog.addEventListener('click', (event) => {
  if (event.target === dialog) dialog.close();
});

export function openLightbox(src, description) {
  image.src = src;
  image.alt = description;
  link.href = src;
  dialog.showModal();
}
