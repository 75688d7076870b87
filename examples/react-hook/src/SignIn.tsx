import { useState, type FormEvent } from 'react';
import { signIn, type SignedIn } from './natter/session';

export function SignIn({ server, onSignedIn }: { server: string; onSignedIn: (signedIn: SignedIn) => void }) {
  const [isNew, setIsNew] = useState(false);
  const [error, setError] = useState<string | null>(null);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const account = Object.fromEntries(new FormData(event.currentTarget)) as Record<string, string>;
    try {
      onSignedIn(await signIn(server, isNew ? '/api/auth/register' : '/api/auth/login', account));
    } catch (failure) {
      setError((failure as Error).message);
    }
  }

  return (
    <main className="sign-in">
      <form onSubmit={submit}>
        <h1>{isNew ? 'Make an account' : 'Sign in'}</h1>
        <label>
          Username
          <input name="username" autoComplete="username" required />
        </label>
        {isNew && (
          <label>
            Email
            <input name="email" type="email" autoComplete="email" required />
          </label>
        )}
        <label>
          Password
          <input name="password" type="password" autoComplete={isNew ? 'new-password' : 'current-password'} required />
        </label>
        {error && <p role="alert">{error}</p>}
        <button className="primary">{isNew ? 'Make it' : 'Sign in'}</button>
        <button type="button" className="link" onClick={() => setIsNew(!isNew)}>
          {isNew ? 'I have an account' : 'I have no account yet'}
        </button>
        <p className="hint">Server: {server}</p>
      </form>
    </main>
  );
}
