//! Places in a conversation, as one integer: the conversation's number and a `seq` or `rev`.

/// Numbers of places in a conversation; four thousand million messages are enough for one.
const BITS: u32 = 32;

/// The place `n` (a `seq` or a `rev`) of a conversation. Past the last one, it is the last one.
pub(super) fn place(conversation: i64, n: u64) -> i64 {
    conversation << BITS | i64::from(u32::try_from(n).unwrap_or(u32::MAX))
}

/// Past the last place of a conversation.
pub(super) fn end(conversation: i64) -> i64 {
    place(conversation, u64::MAX)
}

/// The conversation of a place.
pub(super) fn conversation_of(place: i64) -> i64 {
    place >> BITS
}

/// The `seq` or `rev` of a place.
pub(super) fn number_of(place: i64) -> u64 {
    u64::from(place as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_both_numbers_in_order() {
        let key = place(7, 9);
        assert_eq!((conversation_of(key), number_of(key)), (7, 9));
        assert!(place(7, 9) < place(7, 10) && place(7, 10) < end(7) && end(7) < place(8, 0));
        assert_eq!(place(7, u64::MAX), end(7));
    }
}
