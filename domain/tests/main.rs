//! The gate judged from outside: by a table of situations, by a slow oracle for the calendar, and by
//! a model of who owns which car. All were written from the design, not from the gate's code.

mod situations;
