//! What every store keeps to, whatever it is made of.
//!
//! `store_suite!(make)` makes a test of each law, where `make` is an expression whose value has
//! `stores: Stores`, empty, and keeps alive what the store needs. The suite knows the ports alone.

#![expect(clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a suite of tests")]
#![expect(missing_docs, reason = "a law's name says what it is")]

pub mod activity;
pub mod blocks;
pub mod conversations;
pub mod delivery;
pub mod history;
pub mod lists;
pub mod media;
pub mod members;
pub mod receipts;
pub mod replicas;
mod samples;
pub mod search;
pub mod sessions;
pub mod timeline;
pub mod users;

/// Makes the tests, in a module a port.
#[macro_export]
macro_rules! store_suite {
    ($make:expr) => {
        $crate::store_suite!(@port $make; users:
            are_found_by_id_name_and_address
            creating_may_be_repeated
            usernames_are_unique_whatever_their_case
            the_name_is_looked_at_before_the_address
            without_an_address_there_is_none_to_collide_with
            of_many_at_once_one_gets_a_name
            a_change_leaves_the_rest
            a_taken_name_changes_nothing
            an_address_changes_where_it_is_free
            a_password_is_replaced_where_it_is_the_one_named
            last_seen_never_goes_back
            search_finds_beginnings
            search_comes_in_pages_by_username
            search_leaves_out_the_hidden
            search_follows_changes
            search_knows_no_wildcards
        );
        $crate::store_suite!(@port $make; blocks:
            are_set_and_taken_back
            are_seen_from_both_sides
            are_listed_latest_first
        );
        $crate::store_suite!(@port $make; media:
            is_found_by_url
        );
        $crate::store_suite!(@port $make; activity:
            is_kept_as_it_was_noted
            is_noted_once
            is_noted_once_when_many_ask_at_once
            comes_in_pages_newest_first
        );
        $crate::store_suite!(@port $make; sessions:
            live_until_revoked
            everything_ends_what_was_there
            nothing_lives_when_the_user_is_gone
            of_other_issuers_are_named_alone
            each_of_many_is_told_in_order
            revocations_are_listed_oldest_first
            a_refresh_token_works_once
            the_first_use_is_repeated_within_the_grace
            a_used_successor_ends_the_grace
            unknown_and_expired_tokens_are_refused
            of_many_rotations_at_once_one_is_the_first
        );
        $crate::store_suite!(@port $make; conversations:
            are_read_as_they_were_made
            one_id_is_made_once
            a_pair_has_one
            a_pair_has_one_when_many_ask_at_once
            are_renamed_and_pictured
            deleting_leaves_nothing
            a_deleted_pair_starts_again
        );
        $crate::store_suite!(@port $make; members:
            are_added_once_at_the_end
            are_told_to_each_of_many_who_ask_at_once
            start_with_everything_read
            have_a_bound
            have_a_bound_when_many_are_added_at_once
            leave
            the_last_admin_has_an_heir
            the_last_one_out_deletes_it
            somebody_is_admin_when_all_leave_at_once
            roles_change_but_never_the_last_admin
            somebody_is_admin_when_all_step_down_at_once
        );
        $crate::store_suite!(@port $make; lists:
            the_most_recently_active_comes_first
            pages_hold_each_once
            entries_show_the_end
            are_of_participants_only
            many_are_listed_to_all_at_once
            unread_is_what_others_sent
            strange_cursors_are_refused
        );
        $crate::store_suite!(@port $make; timeline:
            begins_at_zero
            keeps_every_field
            keeps_any_text
            writes_in_order
            stops_at_the_first_that_fails
            a_stale_head_collides
            a_stale_change_collides
            a_message_is_stored_once
            a_senders_name_is_stored_once
            a_senders_name_is_the_senders
            a_repetition_takes_no_place
            is_gone_with_its_conversation
            many_writers_leave_no_hole
            one_name_at_once_is_stored_once
        );
        $crate::store_suite!(@port $make; history:
            windows
            windows_of_nothing
            takes_what_is_old_or_deleted
            changes_are_each_message_once
            changes_come_in_pages
            changes_have_no_gaps_while_others_write
        );
        $crate::store_suite!(@port $make; search:
            finds_all_words_and_a_beginning
            is_case_and_accent_blind
            keeps_to_the_conversations
            keeps_to_many_conversations
            comes_in_pages_newest_first
            follows_edits_and_deletions
            knows_no_syntax
            nothing_is_found_for_nothing
        );
        $crate::store_suite!(@port $make; receipts:
            watermarks_fold
            what_was_read_is_answered_once
            only_others_messages_of_the_conversation_are_read
            reading_is_being_delivered
            all_is_read_at_once
            all_tells_what_was_read_before
            all_is_what_is_there
            others_messages_are_a_range
            are_of_participants_only
            read_at_once_by_many_callers_is_answered_once
        );
        $crate::store_suite!(@port $make; delivery:
            marks_never_go_back
            tells_the_first_recipient
            pending_is_everything
            pending_comes_in_parts
            pending_of_many_is_what_it_is_of_each
            a_newcomer_received_nothing_from_before
            many_conversations_go_at_once
            what_was_just_written_need_not_be_read
            changes_of_participants_count_at_once
            each_message_is_told_once_whoever_asks
            each_is_told_once_where_many_ask_for_many
        );
    };
    (@port $make:expr; $port:ident: $($law:ident)*) => {
        mod $port {
            #[allow(unused_imports, clippy::allow_attributes, reason = "where `make` names something")]
            use super::*;
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $law() {
                    let made = $make;
                    $crate::store::$port::$law(&made.stores).await;
                }
            )*
        }
    };
}
