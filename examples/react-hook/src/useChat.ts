import { useEffect, useMemo, useSyncExternalStore } from 'react';
import { Chat, type ChatState } from './natter/chat';
import type { Session } from './natter/session';

/** Connects for as long as the component is mounted. Give one `chat` to all that show its conversations. */
export function useChat(session: Session): ChatState & { chat: Chat } {
  const chat = useMemo(() => new Chat(session), [session]);
  useEffect(() => {
    chat.start();
    return () => chat.stop();
  }, [chat]);
  return { ...useSyncExternalStore(chat.subscribe, chat.snapshot), chat };
}
