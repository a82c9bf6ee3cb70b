//! The init after its fork: under a filter of a few calls it reaps, reports, and ends with the
//! script's process or with the lifeline. Nothing here allocates once the filter is on.

use crate::descriptors::{Fixed, LAUNCH, LIFELINE};
use crate::init::refuse;
use crate::os::{self, Reaped, poll, retry_on_intr};
use crate::steps::Jail;
use crate::{Error, Refusal, omissions};
use launchpad_protocol::lifeline::Report;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags};
use nix::sys::signalfd::SignalFd;
use nix::unistd::{read, write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};

/// Runs to the satellite's end. `script`: the script process's pid; `guarded`: written to once the
/// filter is on.
pub(crate) fn stand(jail: &Jail<'_>, script: i32, guarded: Fixed) -> ! {
    let children = match prepare(jail, guarded) {
        Ok(children) => children,
        Err(error) => refuse(jail, &Refusal::new("guard", error)),
    };
    // From here on the launch channel is the script process's alone: its end means the end.
    os::close(jail.unowned, LAUNCH);
    // Should this fail, the script's process sees the pipe end without it, and refuses.
    let _ = retry_on_intr(|| write(guarded.borrow(jail.unowned), b"g"));
    os::close(jail.unowned, guarded);
    let lifeline = LIFELINE.borrow(jail.unowned);
    let mut report = Report {
        wait_status: 0,
        user: 0,
        system: 0,
        max_rss: 0,
    };
    loop {
        while let Ok(Some(ended)) = os::wait(-1, false) {
            add(&mut report, &ended);
            if ended.pid == script {
                report.wait_status = ended.wait_status;
                let _ = write(lifeline, &report.to_bytes());
                os::exit(0);
            }
        }
        if !lifeline_holds(lifeline, &children) {
            os::exit(0);
        }
    }
}

fn prepare(jail: &Jail<'_>, guarded: Fixed) -> Result<SignalFd, Error> {
    let children = os::watch_children().map_err(Error::Signals)?;
    let [launch, lifeline, guarded] = [LAUNCH, LIFELINE, guarded].map(Fixed::number);
    let mut kept = [launch, lifeline, guarded, children.as_raw_fd()];
    kept.sort_unstable();
    let mut next = 0;
    for keep in kept {
        if keep > next {
            os::close_range(jail.unowned, next, keep - 1).map_err(Error::Descriptors)?;
        }
        next = keep + 1;
    }
    os::close_range(jail.unowned, next, RawFd::MAX).map_err(Error::Descriptors)?;
    if !omissions::left_out("filter") {
        jail.filters.install_on_init().map_err(Error::Filter)?;
    }
    Ok(children)
}

fn add(report: &mut Report, ended: &Reaped) {
    report.user = report.user.saturating_add(ended.user);
    report.system = report.system.saturating_add(ended.system);
    report.max_rss = report.max_rss.max(ended.max_rss);
}

/// Sleeps until a child ends or the lifeline does; false when the lifeline ended.
fn lifeline_holds(lifeline: BorrowedFd<'_>, children: &SignalFd) -> bool {
    let mut fds = [
        PollFd::new(lifeline, PollFlags::POLLIN),
        PollFd::new(children.as_fd(), PollFlags::POLLIN),
    ];
    match poll(&mut fds) {
        Err(Errno::EINTR) => true,
        // launchpadd sends nothing over the lifeline: whatever happens on it is its end.
        Ok(_) if fds[0].any() == Some(false) => {
            // A signalfd's record; only that it came matters.
            let mut record = [0; 128];
            let _ = read(children, &mut record);
            true
        }
        _ => false,
    }
}
