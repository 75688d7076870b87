//! The service as a whole: commands in, replies out.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures::StreamExt;
use natter_auth::TokenIssuer;
use natter_domain::ports::store::Stores;
use natter_domain::ports::{Clock, CommandHandler, EventBus, Published};
use natter_domain::{Command, DirectoryEvent, Event, Rejection, Reply, Topic};
use natter_runtime::commands::Commands;
use natter_runtime::events;
use tokio_util::sync::CancellationToken;

use crate::accounts::{AccountSettings, Accounts};
use crate::announcements::Announcements;
use crate::context::Context;
use crate::conversations::Conversations;
use crate::directory::Directory;
use crate::error::ServiceError;
use crate::receipts::Receipts;
use crate::timeline::Timelines;

/// How long the presence service may take to answer: whoever can't be told to be online by then is
/// treated as nobody knows, and no command waits for it.
const PRESENCE_DEADLINE: Duration = Duration::from_millis(500);

/// What the service is told by its configuration.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Logins and tokens.
    pub accounts: AccountSettings,
    /// URLs with these beginnings may go into messages without having been issued by the media
    /// service.
    pub media_url_prefixes: Vec<String>,
}

/// Carries out the commands of [`natter_domain::ports::Service::Message`].
pub struct MessageService {
    context: Arc<Context>,
    accounts: Accounts,
    conversations: Conversations,
    timelines: Timelines,
    receipts: Receipts,
}

impl MessageService {
    /// A service on these ports; `commands` is how it asks the presence service.
    pub fn new(
        stores: Stores,
        commands: Commands,
        events: Arc<dyn EventBus>,
        clock: Arc<dyn Clock>,
        issuer: TokenIssuer,
        settings: Settings,
    ) -> Self {
        let announcements = Arc::new(Announcements::new(events.clone()));
        let accounts =
            Accounts::new(stores.clone(), announcements.clone(), clock.clone(), issuer, settings.accounts);
        let directory = Directory::new(stores.clone());
        let commands = commands.within(PRESENCE_DEADLINE);
        let context = Arc::new(Context { stores, events, announcements, commands, clock, directory });
        Self {
            accounts,
            conversations: Conversations::new(context.clone()),
            timelines: Timelines::new(context.clone(), settings.media_url_prefixes),
            receipts: Receipts::new(context.clone()),
            context,
        }
    }

    /// Follows what other processes change, until `stop`. Then waits until everything that was
    /// accepted is written and told; commands must no longer come in by then.
    pub async fn run(&self, stop: CancellationToken) {
        self.follow(stop).await;
        self.timelines.drain().await;
        self.receipts.drain().await;
        self.context.announcements.finish().await;
    }

    async fn follow(&self, stop: CancellationToken) {
        let changes = events::subscribe(&*self.context.events, Topic::Directory, &stop).await;
        let Some(mut changes) = changes else { return };
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                change = changes.next() => match change {
                    Some(Published::Event(Event::Directory(event))) => self.context.directory.apply(&event).await,
                    Some(Published::Event(_)) => {}
                    Some(Published::Gap) => self.context.directory.forget(),
                    None => return,
                },
            }
        }
    }

    async fn carry_out(&self, command: Command) -> Result<Reply, ServiceError> {
        let Self { accounts, conversations, timelines, receipts, .. } = self;
        Ok(match command {
            Command::Register(command) => accounts.register(command).await?.into(),
            Command::LogIn(command) => accounts.log_in(command).await?.into(),
            Command::RefreshSession(command) => accounts.refresh_session(command).await?.into(),
            Command::LogOut(command) => accounts.log_out(command).await?.into(),
            Command::CheckSessions(command) => accounts.check_sessions(command).await?.into(),
            Command::ListRevocations(command) => accounts.list_revocations(command).await?.into(),
            Command::GetMe(command) => accounts.get_me(command).await?.into(),
            Command::UpdateMe(command) => {
                let user = command.user;
                let updated = accounts.update_me(command).await?;
                self.context.directory.apply(&DirectoryEvent::UserChanged(user)).await;
                updated.into()
            }
            Command::PutUser(command) => {
                let user = command.user;
                let put = accounts.put_user(command).await?;
                self.context.directory.apply(&DirectoryEvent::UserChanged(user)).await;
                put.into()
            }
            Command::AdmitUser(command) => accounts.admit_user(command).await?.into(),
            Command::GetProfile(command) => accounts.get_profile(command).await?.into(),
            Command::SearchProfiles(command) => accounts.search_profiles(command).await?.into(),
            Command::SetBlock(command) => {
                let changed = DirectoryEvent::BlockChanged(command.blocker, command.blocked);
                accounts.set_block(command).await?;
                self.context.directory.apply(&changed).await;
                ().into()
            }
            Command::ListBlocked(command) => accounts.list_blocked(command).await?.into(),
            Command::ListContacts(command) => accounts.list_contacts(command).await?.into(),
            Command::ListVisible(command) => accounts.list_visible(command).await?.into(),
            Command::RecordLastSeen(command) => accounts.record_last_seen(command).await?.into(),
            Command::RecordMedia(command) => accounts.record_media(command).await?.into(),
            Command::RecordActivity(command) => accounts.record_activity(command).await?.into(),
            Command::ListActivity(command) => accounts.list_activity(command).await?.into(),

            Command::OpenDirect(command) => conversations.open_direct(command).await?.into(),
            Command::CreateGroup(command) => conversations.create_group(command).await?.into(),
            Command::ListConversations(command) => conversations.list(command).await?.into(),
            Command::GetConversation(command) => conversations.get(command).await?.into(),
            Command::RenameConversation(command) => conversations.rename(command).await?.into(),
            Command::SetConversationPhoto(command) => conversations.set_photo(command).await?.into(),
            Command::DeleteConversation(command) => conversations.delete(command).await?.into(),
            Command::AddParticipants(command) => conversations.add(command).await?.into(),
            Command::RemoveParticipant(command) => conversations.remove(command).await?.into(),
            Command::SetParticipantRole(command) => conversations.set_role(command).await?.into(),

            Command::JoinConversation(command) => timelines.join(command).await?.into(),
            Command::ReadChanges(command) => timelines.changes(command).await?.into(),
            Command::ReadHeads(command) => timelines.heads(command).await?.into(),
            Command::SendMessages(command) => timelines.send(command).await?.into(),
            Command::EditMessage(command) => timelines.edit(command).await?.into(),
            Command::DeleteMessage(command) => timelines.delete(command).await?.into(),
            Command::ReactToMessage(command) => timelines.react(command).await?.into(),
            Command::GetMessage(command) => timelines.get(command).await?.into(),
            Command::ListMessages(command) => timelines.list(command).await?.into(),
            Command::SearchMessages(command) => timelines.search(command).await?.into(),
            Command::Sync(command) => timelines.sync(command).await?.into(),

            Command::MarkRead(command) => receipts.mark_read(command).await?.into(),
            Command::MarkMessageRead(command) => receipts.mark_message_read(command).await?.into(),
            Command::DeliverPending(command) => receipts.deliver_pending(command).await?.into(),
            Command::ListReceipts(command) => receipts.list(command).await?.into(),

            Command::ReportSockets(_)
            | Command::WithdrawGateway(_)
            | Command::GetPresence(_)
            | Command::WhoIsConnected(_) => {
                return Err(ServiceError::Internal("a command of the presence service".to_owned()));
            }
        })
    }
}

#[async_trait]
impl CommandHandler for MessageService {
    async fn handle(&self, command: Command) -> Result<Reply, Rejection> {
        let name = command.name();
        self.carry_out(command).await.map_err(|error| error.into_rejection(name))
    }
}
