import { useEffect, useState, type FormEvent } from 'react';
import { ConversationPane } from './ConversationPane';
import type { ChatState } from './natter/chat';
import type { ConversationSummary, Profile } from './natter/protocol';
import type { Session } from './natter/session';
import { useChat } from './useChat';

const CONNECTION = { offline: 'Offline', connecting: 'Connecting…', online: 'Online' };

export function ChatPage({ session, onSignedOut }: { session: Session; onSignedOut: () => void }) {
  const { chat, connection, signedOut, conversations, presence } = useChat(session);
  const [openId, setOpenId] = useState<string | null>(null);
  const open = conversations.find(({ _id }) => _id === openId);

  useEffect(() => {
    if (signedOut) onSignedOut();
  }, [signedOut, onSignedOut]);

  return (
    <main className="chat">
      <nav aria-label="Conversations">
        <header>
          <strong>{session.user.name || session.user.username}</strong>
          <span role="status" className={`connection ${connection}`}>
            {CONNECTION[connection]}
          </span>
          <button className="link" onClick={() => void chat.signOut()}>
            Sign out
          </button>
        </header>
        <NewConversation start={(username) => chat.startDirect(username)} onStarted={setOpenId} />
        <ul>
          {conversations.map((conversation) => (
            <li key={conversation._id}>
              <button
                className="conversation"
                aria-current={conversation._id === openId}
                onClick={() => setOpenId(conversation._id)}
              >
                <Dot online={isOnline(conversation, session.user, presence)} />
                <span className="title">{titleOf(conversation, session.user)}</span>
                {conversation.unreadCount > 0 && conversation._id !== openId && (
                  <span className="unread" aria-label={`${conversation.unreadCount} unread`}>
                    {conversation.unreadCount}
                  </span>
                )}
              </button>
            </li>
          ))}
        </ul>
      </nav>
      {open ? (
        <ConversationPane
          key={open._id}
          chat={chat}
          id={open._id}
          title={titleOf(open, session.user)}
          online={isOnline(open, session.user, presence)}
          nameOf={(userId) => open.participants.find(({ _id }) => _id === userId)?.name ?? 'Someone'}
        />
      ) : (
        <p className="empty">Choose a conversation, or write to somebody new.</p>
      )}
    </main>
  );
}

function NewConversation(props: { start: (username: string) => Promise<string | null>; onStarted: (id: string) => void }) {
  const [error, setError] = useState<string | null>(null);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = event.currentTarget;
    const username = String(new FormData(form).get('username')).trim();
    try {
      const id = await props.start(username);
      setError(id ? null : `Nobody is called ${username}`);
      if (!id) return;
      form.reset();
      props.onStarted(id);
    } catch (failure) {
      setError((failure as Error).message);
    }
  }

  return (
    <form className="new" onSubmit={submit}>
      <input name="username" aria-label="Write to" placeholder="Username" required />
      <button>Write</button>
      {error && <p role="alert">{error}</p>}
    </form>
  );
}

/** Somebody's presence, for direct conversations; undefined where it is not known. */
function isOnline({ type, participants }: ConversationSummary, me: Profile, presence: ChatState['presence']) {
  const other = type === 'direct' ? participants.find(({ _id }) => _id !== me._id) : undefined;
  const status = other && presence[other._id];
  return status ? status === 'online' : undefined;
}

function titleOf({ name, participants }: ConversationSummary, me: Profile) {
  return name || participants.filter(({ _id }) => _id !== me._id).map((other) => other.name || other.username).join(', ');
}

function Dot({ online }: { online: boolean | undefined }) {
  if (online === undefined) return <span className="dot" />;
  return <span className={online ? 'dot online' : 'dot'} role="img" aria-label={online ? 'online' : 'offline'} />;
}
