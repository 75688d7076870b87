"""One user in one conversation, from a terminal: prints what comes, and sends each line that is typed.

    NATTER_PASSWORD=... python chat.py http://127.0.0.1:3100 username conversation-id

What was sent is sent again under the same clientMessageId until the server has acknowledged it, and after an
interruption the conversation is joined with afterRev: nothing is lost, and nothing is printed twice.
"""

import asyncio
import os
import random
import sys
import uuid

import aiohttp
import socketio

TEMPORARY = {"UNAVAILABLE", "INTERNAL", "RATE_LIMITED", "UNAUTHENTICATED"}


class Refused(Exception):
    """The server's answer to what it won't do."""

    def __init__(self, answer):
        super().__init__(answer.get("error", "Something went wrong"))
        self.code = answer.get("code", "INTERNAL")


# What may go well when it is tried again.
LOST = (aiohttp.ClientError, socketio.exceptions.SocketIOError, TimeoutError)


class Session:
    """The tokens of a user who is signed in."""

    def __init__(self, http, server, username, password):
        self._http = http
        self.server = server
        self._account = {"username": username, "password": password}
        self._renewing = asyncio.Lock()
        self.access_token = None
        self._refresh_token = None

    async def sign_in(self):
        await self._take("/api/auth/login", self._account)

    async def renew(self):
        """Fetches a new pair of tokens; signs in again where the session is over."""
        old = self.access_token
        async with self._renewing:
            if self.access_token != old:
                return  # somebody else just did: a refresh token works once
            try:
                await self._take("/api/auth/refresh", {"refreshToken": self._refresh_token})
            except Refused as refused:
                if refused.code != "UNAUTHENTICATED":
                    raise
                await self.sign_in()

    async def _take(self, path, body):
        async with self._http.post(self.server + path, json=body) as response:
            answer = await response.json()
        if not answer.get("success"):
            raise Refused(answer)
        self.access_token = answer["data"]["accessToken"]
        self._refresh_token = answer["data"]["refreshToken"]


class Chat:
    """A conversation that is stayed in. `on_message` is called with each new message, once, in order."""

    def __init__(self, session, conversation_id, on_message):
        self._session = session
        self._id = conversation_id
        self._on_message = on_message
        self._rev = None  # every change up to this one has been seen
        self._shown_up_to = 0
        self._shown_beyond = set()
        self._token_spent = False
        self._joined = asyncio.Event()
        self._gone = asyncio.Event()
        # Comes back in `stay`, which renews the token first where that is needed. Ctrl-C is asyncio's.
        self._sio = socketio.AsyncClient(reconnection=False, handle_sigint=False)
        # Handlers that are no coroutines run in the order of the events.
        self._sio.on("new:message", self._changed)
        self._sio.on("message:updated", self._changed)
        self._sio.on("message:deleted", self._deleted)
        self._sio.on("session:expiring", self._extend)
        self._sio.on("session:expired", self._expired)
        self._sio.on("connect_error", self._not_let_in)
        self._sio.on("disconnect", lambda reason: self._gone.set())

    async def stay(self):
        """Connects, joins, and comes back after each interruption; ends only where the server won't have it."""
        attempts = 0
        while True:
            self._gone.clear()
            try:
                if self._token_spent:
                    await self._session.renew()
                    self._token_spent = False
                await self._connect()
                await self._join()
                self._joined.set()
                attempts = 0
                await self._gone.wait()
            except LOST:
                pass
            except Refused as refused:
                if refused.code not in TEMPORARY:
                    raise
            finally:
                self._joined.clear()
                await self._sio.disconnect()
            # Longer each time, and with jitter, so that not all clients come back at once.
            await asyncio.sleep(min(10, 0.25 * 2**attempts) * random.uniform(0.5, 1))
            attempts += 1

    async def send(self, text):
        """Sends until the server has it, and returns the message as the server keeps it."""
        message = {
            "conversationId": self._id,
            "text": text,
            "messageType": "text",
            "clientMessageId": str(uuid.uuid4()),
        }
        while True:
            await self._joined.wait()
            try:
                return (await self._ask("send:message", message))["message"]
            except LOST:
                await asyncio.sleep(0.1)  # whether it is stored nobody knows: the same id asks that, too
            except Refused as refused:
                if refused.code not in TEMPORARY:
                    raise
                await asyncio.sleep(1)

    async def _connect(self):
        await self._sio.connect(
            self._session.server,
            auth={"token": self._session.access_token, "dialect": "colon"},
            transports=["websocket"],
            wait_timeout=10,
        )

    async def _join(self):
        first = self._rev is None
        cursor = {} if first else {"afterRev": self._rev}
        try:
            joined = await self._ask("join:conversation", {"conversationId": self._id, **cursor})
        except Refused as refused:
            if refused.code != "RESYNC":
                raise
            await self._sync()
            return await self._join()
        if first:
            self._shown_up_to = joined["lastSeq"]
            self._rev = self._rev or joined["rev"]  # where an event was faster than the ack

    async def _sync(self):
        """More was missed than a join brings: fetches it in pages first."""
        more = True
        while more:
            cursors = [{"conversationId": self._id, "rev": self._rev}]
            answer = await self._ask("sync", {"cursors": cursors, "limit": 100})
            if not answer["conversations"]:
                raise Refused({"error": "Conversation not found", "code": "NOT_FOUND"})
            (page,) = answer["conversations"]
            for message in page["changes"]:
                self._saw(message)
            self._rev = page["rev"]
            more = page["hasMore"]

    async def _ask(self, event, payload):
        ack = await self._sio.call(event, payload, timeout=5)
        if not ack.get("success"):
            raise Refused(ack)
        return ack

    def _changed(self, event):
        """A message that is new, edited, reacted to, or all of that while this client was away."""
        self._rev = event["message"]["rev"]
        self._saw(event["message"])

    def _deleted(self, event):
        self._rev = event["rev"]

    def _saw(self, message):
        """Messages are numbered 1, 2, 3, ...; each is passed on at its first sight, in whatever state that is."""
        seq = message["seq"]
        if seq <= self._shown_up_to or seq in self._shown_beyond:
            return
        self._shown_beyond.add(seq)
        while self._shown_up_to + 1 in self._shown_beyond:
            self._shown_up_to += 1
            self._shown_beyond.remove(self._shown_up_to)
        self._on_message(message)

    async def _extend(self, _event):
        """The token ends in a minute: the socket goes on under a new one."""
        try:
            await self._session.renew()
            await self._ask("session:refresh", {"token": self._session.access_token})
        except (*LOST, Refused):
            pass  # it ends, then, and `stay` comes back

    def _expired(self, _event):
        self._token_spent = True

    def _not_let_in(self, error):
        text = error.get("message") if isinstance(error, dict) else error
        if text == "Authentication error: Invalid token":
            self._token_spent = True


def show(message):
    if not message.get("deleted"):
        print(f"#{message['seq']} {message['senderId']['name']}: {message['text']}", flush=True)


async def lines():
    """Lines of the standard input, as they are typed."""
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        if text := line.decode().strip():
            yield text


async def send_lines(chat):
    async for text in lines():
        try:
            message = await chat.send(text)
            print(f"sent #{message['seq']}", flush=True)
        except Refused as refused:
            print(f"not sent: {refused}", flush=True)


async def main(server, username, conversation_id):
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=15)) as http:
        session = Session(http, server, username, os.environ["NATTER_PASSWORD"])
        await session.sign_in()
        chat = Chat(session, conversation_id, show)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(chat.stay())
            tasks.create_task(send_lines(chat))


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    try:
        asyncio.run(main(*sys.argv[1:]))
    except* KeyboardInterrupt:
        pass
    except* Refused as group:
        sys.exit(str(group.exceptions[0]))
