import { useEffect, useMemo, useSyncExternalStore } from 'react';
import type { Chat } from './natter/chat';
import type { ConversationState, ShownMessage } from './natter/conversation';

export interface ConversationActions {
  /** Shows the text at once, and sends it until the server has acknowledged it. */
  send(text: string): void;
  /** Sends a message again that was refused. */
  retry(message: ShownMessage): void;
  discard(message: ShownMessage): void;
  /** To be called at each key that is pressed in the composer. */
  typingNow(): void;
  /** To be called with what the user has on the screen. */
  markRead(messages: ShownMessage[]): void;
  loadOlder(): Promise<void>;
}

/** Opens a conversation for as long as the component is mounted. */
export function useConversation(chat: Chat, id: string): ConversationState & ConversationActions {
  const conversation = chat.conversation(id);
  useEffect(() => {
    conversation.open();
    return () => conversation.close();
  }, [conversation]);
  const actions = useMemo<ConversationActions>(
    () => ({
      send: (text) => conversation.send(text),
      retry: ({ clientMessageId }) => conversation.retry(clientMessageId ?? ''),
      discard: ({ clientMessageId }) => conversation.discard(clientMessageId ?? ''),
      typingNow: () => conversation.typingNow(),
      markRead: (messages) => conversation.markRead(messages),
      loadOlder: () => conversation.loadOlder(),
    }),
    [conversation],
  );
  return { ...useSyncExternalStore(conversation.subscribe, conversation.snapshot), ...actions };
}
