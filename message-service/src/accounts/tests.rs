//! Laws of the commands, over a store in memory.
