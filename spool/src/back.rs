//! The uploader's door: parcels come out, receipts go in.
