// Signing in or registering, where there are no demo users.
import { call } from '../client/api.js';
import { instantiate, show } from './dom.js';

export class SignInView {
  #parts;
  #registering = false;
  #onSignedIn;

  /** `onSignedIn({user, accessToken, refreshToken})` */
  constructor({ onSignedIn }) {
    this.#onSignedIn = onSignedIn;
    this.#parts = instantiate('sign-in-template');
    this.#parts.switch.addEventListener('click', () => this.#switch());
    this.#parts.root.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#submit();
    });
  }

  get root() {
    return this.#parts.root;
  }

  dispose() {
    this.root.remove();
  }

  #switch() {
    this.#registering = !this.#registering;
    const { root, heading, submit, 'email-row': emailRow, email, password, error, username } = this.#parts;
    root.dataset.mode = this.#registering ? 'register' : 'login';
    show(heading, this.#registering ? 'Create an account' : 'Sign in');
    show(submit, this.#registering ? 'Create account' : 'Sign in');
    show(this.#parts.switch, this.#registering ? 'Have an account? Sign in' : 'New here? Create an account');
    emailRow.hidden = !this.#registering;
    email.required = this.#registering;
    password.autocomplete = this.#registering ? 'new-password' : 'current-password';
    show(error, null);
    username.focus();
  }

  async #submit() {
    const { root, username, email, password, submit, error } = this.#parts;
    if (!root.checkValidity()) return void root.reportValidity();
    const json = { username: username.value.trim(), password: password.value };
    if (this.#registering) json.email = email.value.trim();
    submit.disabled = true;
    try {
      const signedIn = await call('POST', `/api/auth/${this.#registering ? 'register' : 'login'}`, { json });
      this.#onSignedIn(signedIn);
    } catch (failure) {
      show(error, failure.message);
    } finally {
      submit.disabled = false;
    }
  }
}
