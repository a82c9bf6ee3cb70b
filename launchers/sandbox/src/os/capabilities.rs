//! What the crate caps does not know of capabilities: those that are newer than its list, and the secure bits.

use super::{check, prctl};
use launchpad_protocol::inventory::Capabilities;
use nix::errno::Errno;

/// The most that the kernel's sets can hold.
const MOST: u64 = 64;

/// Removes every capability that the kernel knows from the bounding set.
pub fn drop_bounding_set() -> Result<(), Errno> {
    for capability in 0..MOST {
        match prctl(libc::PR_CAPBSET_DROP, capability, 0) {
            Ok(_) => {}
            // The first number beyond the kernel's last capability.
            Err(Errno::EINVAL) if capability > 0 => return Ok(()),
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// prctl's PR_SET_SECUREBITS.
pub fn set_secure_bits(bits: u32) -> Result<(), Errno> {
    prctl(libc::PR_SET_SECUREBITS, bits.into(), 0).map(drop)
}

pub fn secure_bits() -> Result<u32, Errno> {
    let bits = prctl(libc::PR_GET_SECUREBITS, 0, 0)?;
    Ok(bits as u32)
}

/// All sets of this thread, whatever numbers are in them.
pub fn of_this_thread() -> Result<Capabilities, Errno> {
    let mut header = Header {
        version: VERSION_3,
        pid: 0,
    };
    let mut halves = [Half::default(); 2];
    // SAFETY: the header says that two halves follow, and both structures outlive the call.
    check(unsafe { libc::syscall(libc::SYS_capget, &raw mut header, halves.as_mut_ptr()) })?;
    let whole = |of: fn(&Half) -> u32| u64::from(of(&halves[0])) | u64::from(of(&halves[1])) << 32;
    Ok(Capabilities {
        effective: whole(|half| half.effective),
        permitted: whole(|half| half.permitted),
        inheritable: whole(|half| half.inheritable),
        bounding: among(libc::PR_CAPBSET_READ, None)?,
        ambient: among(libc::PR_CAP_AMBIENT, Some(libc::PR_CAP_AMBIENT_IS_SET))?,
    })
}

/// The third version of capget's interface (linux/capability.h), which libc does not name.
const VERSION_3: u32 = 0x2008_0522;

#[repr(C)]
struct Header {
    version: u32,
    pid: i32,
}

#[repr(C)]
#[derive(Clone, Copy, Default)]
struct Half {
    effective: u32,
    permitted: u32,
    inheritable: u32,
}

/// The capabilities that are in a set which can only be asked for one at a time.
fn among(option: i32, question: Option<i32>) -> Result<u64, Errno> {
    let mut set = 0;
    for number in 0..MOST {
        let (first, second) = match question {
            Some(question) => (question as u64, number),
            None => (number, 0),
        };
        match prctl(option, first, second) {
            Ok(0) => {}
            Ok(_) => set |= 1 << number,
            // The first number beyond the kernel's last capability.
            Err(Errno::EINVAL) if number > 0 => break,
            Err(errno) => return Err(errno),
        }
    }
    Ok(set)
}
