//! The gate with real peers: a broker that goes away and comes back, a PLC that believes the handshake alone, orders
//! that change while their car stands before the camera.

mod backlog;
mod cut;
mod handshake;
mod line;
mod orders;
