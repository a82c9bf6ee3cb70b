//! All instances of the process, by the pipes that stand for them.

use super::instance::Instance;
use super::lock::{self, Lock};
use super::sys::{self, Behind, Errno, File};
use super::watch::Watch;
use libc::{c_int, epoll_event};
use std::collections::BTreeMap;

static INSTANCES: Lock<BTreeMap<File, Instance>> = Lock::new(BTreeMap::new());

extern "C" fn take() {
    INSTANCES.take();
}

extern "C" fn give_back() {
    INSTANCES.give_back();
}

extern "C" fn begin() {
    lock::guard_forks(take, give_back);
}

/// What the loader calls.
#[used]
#[unsafe(link_section = ".init_array")]
static BEGIN: extern "C" fn() = begin;

/// A new instance's descriptor.
pub fn create(flags: c_int) -> Result<c_int, Errno> {
    let (reading, writing) = sys::pipe(flags)?;
    let file = Behind::of(reading)?.file;
    INSTANCES.with(|instances| {
        instances.retain(|file, instance| {
            let is_abandoned = sys::is_abandoned(instance.writing);
            // A program that has closed all it found may use the number for something else.
            let is_ours = || Behind::of(instance.writing).is_ok_and(|end| end.file == *file);
            if is_abandoned && is_ours() {
                // SAFETY: the number is still the pipe's writing end, which `create` made and only this
                // instance uses, and it is dropped here.
                unsafe { sys::close(instance.writing) };
            }
            !is_abandoned
        });
        instances.insert(file, Instance::new(writing));
    });
    Ok(reading)
}

/// `work` takes no lock and waits for nothing.
pub fn with<R>(epoll: c_int, work: impl FnOnce(&mut Instance) -> R) -> Result<R, Errno> {
    let file = Behind::of(epoll)?.file;
    INSTANCES.with(|instances| match instances.get_mut(&file) {
        Some(instance) => Ok(work(instance)),
        None => Err(Errno(libc::EINVAL)),
    })
}

/// epoll_ctl(2).
pub fn control(
    epoll: c_int,
    operation: c_int,
    fd: c_int,
    event: Option<epoll_event>,
) -> Result<(), Errno> {
    let behind = Behind::of(fd)?;
    let is_ours = INSTANCES.with(|instances| instances.contains_key(&behind.file));
    if is_ours {
        return Err(Errno(libc::EINVAL));
    }
    let event = match (operation, event) {
        (libc::EPOLL_CTL_DEL, _) => None,
        (libc::EPOLL_CTL_ADD | libc::EPOLL_CTL_MOD, Some(event)) => Some(event),
        (libc::EPOLL_CTL_ADD | libc::EPOLL_CTL_MOD, None) => return Err(Errno(libc::EFAULT)),
        _ => return Err(Errno(libc::EINVAL)),
    };
    if behind.is_plain() && operation == libc::EPOLL_CTL_ADD {
        return Err(Errno(libc::EPERM));
    }
    let is_counter = event.is_some_and(|event| Watch::wants_edges(&event)) && behind.is_counter(fd);
    with(epoll, |instance| {
        let since = instance.next();
        let known = instance.watches.get_mut(&fd);
        match (event, known) {
            (Some(event), Some(watch)) if operation == libc::EPOLL_CTL_MOD => {
                watch.change(event, since);
            }
            (Some(event), _) if operation == libc::EPOLL_CTL_ADD => {
                let watch = Watch::new(fd, event, is_counter, since);
                instance.watches.insert(fd, watch);
            }
            (None, Some(_)) => {
                instance.watches.remove(&fd);
            }
            _ => return Err(Errno(libc::ENOENT)),
        }
        instance.changed();
        Ok(())
    })?
}
