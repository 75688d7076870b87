import { useEffect, useRef, useState, type FormEvent } from 'react';
import type { Chat } from './natter/chat';
import type { ShownMessage } from './natter/conversation';
import { useConversation } from './useConversation';

interface Props {
  chat: Chat;
  id: string;
  title: string;
  online: boolean | undefined;
  nameOf: (userId: string) => string;
}

const STATUS = { pending: 'Sending', sent: 'Sent', delivered: 'Delivered', read: 'Read', failed: 'Not sent' };

export function ConversationPane({ chat, id, title, online, nameOf }: Props) {
  const { ready, messages, hasOlder, typing, failure, markRead, ...actions } = useConversation(chat, id);
  const list = useRef<HTMLOListElement>(null);

  // What is on the screen has been read, once somebody looks at it.
  useEffect(() => {
    const look = () => document.visibilityState === 'visible' && markRead(messages);
    look();
    document.addEventListener('visibilitychange', look);
    return () => document.removeEventListener('visibilitychange', look);
  }, [messages, markRead]);

  const newest = messages.at(-1)?.key;
  useEffect(() => {
    list.current?.lastElementChild?.scrollIntoView({ block: 'end' });
  }, [newest]);

  return (
    <section aria-label={title} data-ready={ready}>
      <header>
        <h1>{title}</h1>
        <span className="presence">{online === undefined ? '' : online ? 'online' : 'offline'}</span>
      </header>
      {failure && <p role="alert">{failure}</p>}
      <ol ref={list} aria-label="Messages" aria-live="polite">
        {hasOlder && (
          <li className="older">
            <button className="link" onClick={() => void actions.loadOlder()}>
              Earlier messages
            </button>
          </li>
        )}
        {messages.map((message) => (
          <MessageItem
            key={message.key}
            message={message}
            own={message.senderId._id === chat.user._id}
            onRetry={() => actions.retry(message)}
            onDiscard={() => actions.discard(message)}
          />
        ))}
      </ol>
      <p className="typing" role="status">
        {typing.length > 0 && `${typing.map(nameOf).join(', ')} ${typing.length > 1 ? 'are' : 'is'} typing…`}
      </p>
      <Composer send={actions.send} typingNow={actions.typingNow} />
    </section>
  );
}

function MessageItem(props: { message: ShownMessage; own: boolean; onRetry: () => void; onDiscard: () => void }) {
  const { message, own } = props;
  return (
    <li className={`message ${own ? 'own' : ''} ${message.status}`} data-status={message.status}>
      {!own && <span className="author">{message.senderId.name}</span>}
      <span className="text">{message.deleted ? <em>Message deleted</em> : message.text}</span>
      <span className="meta">
        {message.editedAt && 'edited · '}
        <time dateTime={message.createdAt}>{new Date(message.createdAt).toLocaleTimeString([], { timeStyle: 'short' })}</time>
        {own && ` · ${STATUS[message.status]}`}
      </span>
      {message.status === 'failed' && (
        <span className="failed" role="alert">
          {message.error}
          <button className="link" onClick={props.onRetry}>
            Try again
          </button>
          <button className="link" onClick={props.onDiscard}>
            Discard
          </button>
        </span>
      )}
    </li>
  );
}

function Composer({ send, typingNow }: { send: (text: string) => void; typingNow: () => void }) {
  const [text, setText] = useState('');

  function submit(event: FormEvent) {
    event.preventDefault();
    if (!text.trim()) return;
    send(text);
    setText('');
  }

  return (
    <form className="composer" onSubmit={submit}>
      <input
        aria-label="Message"
        placeholder="Message"
        autoComplete="off"
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          typingNow();
        }}
      />
      <button className="primary">Send</button>
    </form>
  );
}
