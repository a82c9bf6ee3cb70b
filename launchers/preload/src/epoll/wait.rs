//! Waiting for events.

use super::instance::Instance;
use super::sys::{self, Errno, Mask};
use super::table;
use super::watch::Watch;
use libc::{c_int, c_short, epoll_event, pollfd};
use std::time::{Duration, Instant};

/// How often one looks whose instance cannot be told of changes.
const DEAF: Duration = Duration::from_millis(10);

/// A look at some of what an instance watches; the instance itself is the last.
struct Look {
    fds: Vec<pollfd>,
    generation: u64,
    /// When what was told is to be looked at again.
    again: Option<Instant>,
}

fn entry(fd: c_int, events: c_short) -> pollfd {
    pollfd {
        fd,
        events,
        revents: 0,
    }
}

impl Look {
    fn begin(epoll: c_int, instance: &mut Instance, also_told: bool) -> Self {
        let watches = instance.watches.values();
        let again = watches.clone().filter_map(Watch::again).min();
        let awaited = watches.filter_map(|watch| Some(entry(watch.fd, watch.awaited(also_told)?)));
        let mut fds: Vec<_> = awaited.collect();
        fds.push(entry(epoll, libc::POLLIN));
        Look {
            fds,
            generation: instance.begin(),
            again,
        }
    }

    /// The events to be told, at most so many. What was changed while the look took is left out.
    fn end(self, epoll: c_int, instance: &mut Instance, most: usize) -> Vec<epoll_event> {
        instance.end(epoll, self.generation);
        let now = Instant::now();
        let turn = self.fds.iter().position(|entry| entry.fd > instance.turn);
        let (later, first) = self.fds.split_at(turn.unwrap_or(0));
        let mut found = Vec::new();
        for entry in first.iter().chain(later).filter(|entry| entry.fd != epoll) {
            if found.len() == most {
                break;
            }
            let watch = instance.watches.get_mut(&entry.fd);
            let Some(watch) = watch.filter(|watch| watch.was_there_in(self.generation)) else {
                continue;
            };
            if entry.revents & libc::POLLNVAL != 0 {
                instance.watches.remove(&entry.fd); // closed, as the kernel would have seen
            } else if let Some(event) = watch.saw(entry.events, entry.revents, now) {
                instance.turn = entry.fd;
                found.push(event);
            }
        }
        found
    }
}

/// At most so many events, none if there were none in time.
pub fn wait(
    epoll: c_int,
    most: usize,
    timeout: Option<Duration>,
    mask: &Mask,
) -> Result<Vec<epoll_event>, Errno> {
    let until = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
    let left = || until.map(|until| until.saturating_duration_since(Instant::now()));
    table::with(epoll, |_| ())?;
    loop {
        match once(epoll, most, left(), mask) {
            Ok(found) if found.is_empty() && left() != Some(Duration::ZERO) => {}
            Ok(found) => return Ok(found),
            // As with the kernel's own, that wakes nobody.
            Err(End::Closed) => {
                sys::poll(&mut [], left(), mask)?;
                return Ok(Vec::new());
            }
            Err(End::Failed(errno)) => return Err(errno),
        }
    }
}

/// Why a wait ends without events.
enum End {
    /// The instance was closed meanwhile.
    Closed,
    Failed(Errno),
}

/// `work` takes no lock and waits for nothing.
fn with<R>(epoll: c_int, work: impl FnOnce(&mut Instance) -> R) -> Result<R, End> {
    table::with(epoll, work).map_err(|_| End::Closed)
}

/// Waits until something has happened that might be an event.
fn once(
    epoll: c_int,
    most: usize,
    left: Option<Duration>,
    mask: &Mask,
) -> Result<Vec<epoll_event>, End> {
    let has_told = with(epoll, |instance| {
        instance
            .watches
            .values()
            .any(|watch| watch.again().is_some())
    })?;
    // What was told is seen not to be ready any more, or to be due.
    if has_told {
        let found = look(epoll, most, true, Some(Duration::ZERO), &Mask::NONE)?;
        if !found.is_empty() {
            return Ok(found);
        }
    }
    look(epoll, most, false, left, mask)
}

fn look(
    epoll: c_int,
    most: usize,
    also_told: bool,
    timeout: Option<Duration>,
    mask: &Mask,
) -> Result<Vec<epoll_event>, End> {
    let mut look = with(epoll, |instance| Look::begin(epoll, instance, also_told))?;
    let again = look
        .again
        .map(|at| at.saturating_duration_since(Instant::now()));
    let timeout = match (timeout, again) {
        (Some(timeout), Some(again)) => Some(timeout.min(again)),
        (timeout, again) => timeout.or(again),
    };
    let seen = sys::poll(&mut look.fds, timeout, mask);
    let is_deaf = look
        .fds
        .last()
        .is_some_and(|own| own.revents & libc::POLLHUP != 0);
    if seen.is_err() {
        look.fds.clear();
    }
    let found = with(epoll, |instance| look.end(epoll, instance, most))?;
    if is_deaf && found.is_empty() {
        // Somebody has closed the writing end, and perhaps not yet the other.
        sys::poll(&mut [], Some(DEAF), mask).map_err(End::Failed)?;
    }
    seen.map(|()| found).map_err(End::Failed)
}
