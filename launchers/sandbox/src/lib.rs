//! The jail around a satellite.
//!
//! Three processes take part. They are named as they are in the code:
//!
//! * the **zygote** (single-threaded, interpreter loaded) calls [`fork_satellite`];
//! * the **init**, its clone, is pid 1 of a new pid namespace, and born into new ones of all kinds but one. It is a child of
//!   the zygote's parent: the keeper ([`keeper`]), the init of the zygote's own namespaces, or, where there are none,
//!   launchpadd. It builds the satellite's view of the file system,
//!   gives up every right, forks the script's process and from then on only reaps. Its end is the
//!   end of everything in the namespace: that is the whole clean-up;
//! * the **script's process** makes its own what it will write to ([`rehearsal`]), closes the rest, puts itself under the seccomp filter and returns
//!   from [`fork_satellite`]. At its end, in [`leave()`], it leaves a *draining process* behind, which holds its memory
//!   until the init ends: nobody waits for the kernel to take that apart.
//!
//! Who waits for whom: the init, having begun, for launchpadd's byte over the *lifeline*, which comes when its user namespace is
//! mapped and it is in its cgroup; the script's process for the init to be *guarded* (under a filter of its own).
//! The init ends when launchpadd's end of the lifeline closes.
//!
//! Every step is in one of the lists in [`steps`]. A step that fails ends its process: there is no
//! satellite with a part of the jail.

pub mod audit;
mod blueprint;
mod confinement;
mod error;
mod evidence;
mod fork;
mod guard;
mod init;
mod inventory;
pub mod keeper;
mod limits;
mod mapping;
mod omissions;
pub mod os;
pub mod rehearsal;
mod script;
pub mod seccomp;
pub mod steps;
mod view;

pub use blueprint::{Blueprint, BlueprintError};
pub use confinement::confine;
pub use error::{Error, Refusal};
pub use fork::{Forked, Init, Order, Parent, fork_satellite};
pub use inventory::take as inventory;
pub use limits::{limit_memory, limit_processes};
pub use mapping::{MapError, map};
pub use os::{descriptors, leave};
pub use steps::HOST_NAME;

/// The newest version of Landlock's interface that the rules are written for.
pub const LANDLOCK: u32 = 7;
