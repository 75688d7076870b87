import { useState } from 'react';
import { ChatPage } from './ChatPage';
import { Session, type SignedIn, type Tokens } from './natter/session';
import { SignIn } from './SignIn';

/** Where Natter is: ?server=… in the page's address, or what it listens on by default. */
const server = new URLSearchParams(location.search).get('server') ?? 'http://127.0.0.1:3100';

// In the tab's own storage, so that two tabs can be two users, and a reload is nothing.
const KEY = 'natter';

function sessionOf(signedIn: SignedIn): Session {
  const keep = (tokens: Tokens) => sessionStorage.setItem(KEY, JSON.stringify({ user: signedIn.user, ...tokens }));
  keep(signedIn);
  return new Session(server, signedIn.user, signedIn, keep);
}

function storedSession(): Session | null {
  const stored = sessionStorage.getItem(KEY);
  return stored ? sessionOf(JSON.parse(stored)) : null;
}

export function App() {
  const [session, setSession] = useState(storedSession);
  if (!session) return <SignIn server={server} onSignedIn={(signedIn) => setSession(sessionOf(signedIn))} />;
  const signOut = () => {
    sessionStorage.removeItem(KEY);
    setSession(null);
  };
  return <ChatPage session={session} onSignedOut={signOut} />;
}
