//! launchpadd from outside, without a PostgreSQL server: `launchpad` plays the supervisor,
//! `backend` the backends, `zygote.py` the zygote and its satellites.

mod allowances;
mod backend;
mod calls;
mod check;
mod environment;
mod faults;
mod languages;
mod launchpad;
mod limits;
mod memory;
mod pools;
mod strangers;
