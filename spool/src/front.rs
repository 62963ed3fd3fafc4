//! The agent's door: cases go in, receipts come back.
