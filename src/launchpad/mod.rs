//! The launchpad's half inside PostgreSQL: a background worker that starts launchpadd, feeds it
//! the settings, passes its log on, and starts another when it ends. Nothing else: a background
//! worker that dies badly restarts the whole cluster, so everything that forks, listens or parses
//! lives in launchpadd.
//!
//! They are joined by two descriptors: a packet socket for settings (protocol::supervisor), whose
//! end each side takes as the other's, and a pipe that is launchpadd's stderr, so that it cannot
//! write on the log collector's own.

mod child;
mod restart;

use crate::os::spawn::keep_installed;
use crate::pg::worker::{self, worker_main};
use child::{Child, Ended};
use restart::Restart;
use std::time::Instant;

worker_main!(launchpad_supervisor_main = supervise);

/// Registers the worker. Only while the server preloads libraries.
pub fn register() {
    keep_installed();
    worker::register("launchpad_supervisor_main");
}

/// The worker's main function.
fn supervise() -> ! {
    worker::start();
    let mut restart = Restart::default();
    loop {
        let started = Instant::now();
        let ended = match Child::start() {
            Ok(mut child) => child.watch(),
            Err(error) => Ended {
                how: format!("could not be started: {error}"),
                had_listened: false,
            },
        };
        let delay = restart.after(started.elapsed());
        if restart.is_worth_a_line(&ended.how, ended.had_listened) {
            let when = match delay.is_zero() {
                true => "now".to_owned(),
                false => format!("in {:.2} s", delay.as_secs_f64()),
            };
            worker::warn(&format!(
                "launchpadd {}, starting another {when}",
                ended.how
            ));
        }
        worker::pause(delay);
    }
}
