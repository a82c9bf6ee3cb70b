//! What the kernel does with the filters, for both architectures on either: the few instructions
//! that seccompiler makes, and the choice among the answers of stacked filters.

use super::super::Filters;
use seccompiler::{BpfProgram, TargetArch};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    Allow,
    Errno(i32),
    Trap,
    Kill,
}

/// AUDIT_ARCH_… of linux/audit.h.
pub(super) fn audit(architecture: TargetArch) -> u32 {
    match architecture {
        TargetArch::x86_64 => 0xC000_003E,
        TargetArch::aarch64 => 0xC000_00B7,
        TargetArch::riscv64 => 0xC000_00F3,
    }
}

impl Filters {
    /// What the script gets for a call.
    pub(super) fn answer(&self, audit: u32, number: i64, arguments: [u64; 6]) -> Answer {
        let data = data(audit, number, arguments);
        // The most severe answer counts: as a signed number, the lowest.
        let returned = self.script.iter().map(|program| run(program, &data));
        answer(returned.min_by_key(|returned| *returned as i32).unwrap())
    }

    /// What the init gets for a call.
    pub(super) fn init_answer(&self, audit: u32, number: i64) -> Answer {
        answer(run(&self.init, &data(audit, number, [0; 6])))
    }
}

fn answer(returned: u32) -> Answer {
    match returned & 0xffff_0000 {
        libc::SECCOMP_RET_ALLOW => Answer::Allow,
        libc::SECCOMP_RET_ERRNO => Answer::Errno((returned & 0xffff) as i32),
        libc::SECCOMP_RET_TRAP => Answer::Trap,
        libc::SECCOMP_RET_KILL_PROCESS => Answer::Kill,
        other => panic!("{other:x}"),
    }
}

/// `struct seccomp_data` in words: number, architecture, instruction pointer, arguments.
fn data(audit: u32, number: i64, arguments: [u64; 6]) -> [u32; 16] {
    let mut data = [0; 16];
    (data[0], data[1]) = (number as u32, audit);
    for (index, argument) in arguments.iter().enumerate() {
        data[4 + 2 * index] = *argument as u32;
        data[5 + 2 * index] = (*argument >> 32) as u32;
    }
    data
}

fn run(program: &BpfProgram, data: &[u32; 16]) -> u32 {
    let (mut at, mut register) = (0, 0);
    loop {
        let step = &program[at];
        let either = |met: bool| usize::from(if met { step.jt } else { step.jf });
        at += 1;
        match u32::from(step.code) {
            code if code == libc::BPF_LD | libc::BPF_W | libc::BPF_ABS => {
                register = data[step.k as usize / 4];
            }
            code if code == libc::BPF_ALU | libc::BPF_AND | libc::BPF_K => register &= step.k,
            code if code == libc::BPF_JMP | libc::BPF_JA => at += step.k as usize,
            code if code == libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K => {
                at += either(register == step.k);
            }
            code if code == libc::BPF_RET | libc::BPF_K => return step.k,
            code => panic!("instruction {code:x}"),
        }
    }
}
