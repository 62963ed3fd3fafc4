//! The rendered production line: a hall with a robot cell, a poster, a whiteboard and cars that arrive,
//! stand and leave, their order number large on the roof.
//!
//! On a planned line a car is built from place to place, and a sign says which it is: at position 0 it is a bare
//! shell on a skid, at 1 it is painted while battery and axles are raised into it, from 2 on it is finished. On an
//! endless line it is finished everywhere.
//!
//! Holds:
//! - the scene is a function of (seed, takt or [`Plan`], position, wall time); a PLC program and a camera in
//!   two processes derive the same cars from it without talking to each other;
//! - a standing car's number is always at the same place, [`ROOF`], whatever its shape and however much of it is
//!   built, and nothing ever hides it; everything else worth reading lies within [`POSTER`], [`WHITEBOARD`] and [`ROBOT_CELL`];
//!   in a picture of a camera that was knocked all of it is moved by the [`Nudge`];
//! - what a [`Renderer`] keeps between two pictures changes no pixel.
//!
//! Deliberately absent: clocks, threads, files, randomness that the seed does not choose, and anything
//! that exists: makers, colours, plans and people are made up.

mod assembly;
mod backdrop;
mod boards;
mod body;
mod canvas;
mod car;
mod chance;
mod gear;
mod geometry;
mod letters;
mod light;
mod lines;
mod mesh;
mod nudge;
mod plan;
mod reader;
mod renderer;
mod robot;
mod schedule;
mod skin;
mod station;
mod takt;
mod view;
mod wheel;
mod worker;

pub use boards::{poster_says, whiteboard_says};
pub use canvas::Picture;
pub use car::{COLOURS, Colour, Shape, looks, vin_of};
pub use geometry::{FRAME, POSTER, ROBOT_CELL, ROOF, SHOW, WHITEBOARD};
pub use nudge::{Nudge, NudgeError};
pub use plan::{Plan, PlanError, Visit};
pub use reader::read_order;
pub use renderer::Renderer;
pub use schedule::{Hall, Position, PositionError, Stand};
