//! agent

pub mod plc;
