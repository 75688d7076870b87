// Natter's demo page: two users side by side, each an independent client of the same server.
import { demoAccounts, storedAccount } from './accounts.js';
import { Pane } from './view/pane.js';

const SIDES = [
  { side: 'left', label: 'First user' },
  { side: 'right', label: 'Second user' },
];

const app = document.getElementById('app');

try {
  const demo = await demoAccounts();
  app.dataset.mode = demo ? 'demo' : 'sign-in';
  app.replaceChildren(...SIDES.map(({ side, label }, i) => {
    const account = demo ? demo.accounts[i] : storedAccount(side);
    const pane = new Pane({ testid: `pane-${side}`, label, account });
    pane.start(demo?.conversationId);
    return pane.root;
  }));
} catch (failure) {
  app.dataset.mode = 'failed';
  app.textContent = `Natter can't be reached: ${failure.message}. Reload the page to try again.`;
}
