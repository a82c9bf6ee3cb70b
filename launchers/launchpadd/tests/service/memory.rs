//! The memory of all of a script's processes together, where no cgroup bounds it.

use crate::backend::counted_apart;
use crate::launchpad::Launchpad;
use launchpad_protocol::launch::{Ending, Launch, Limits};

fn with_memory(request: u64, memory: u64) -> Launch {
    Launch {
        limits: Limits {
            memory,
            ..counted_apart(request).limits
        },
        ..counted_apart(request)
    }
}

#[test]
fn many_children_with_too_much_together() {
    let launchpad = Launchpad::new(0, 3);
    let mut other = launchpad.connect();
    other.launch(with_memory(1, 300 << 20), "hang");
    other.assigned();
    other.line(4);
    let mut modest = launchpad.connect();
    modest.launch(with_memory(2, 300 << 20), "children 4 20");
    modest.assigned();
    modest.line(4);
    let mut bomb = launchpad.connect();
    bomb.launch(with_memory(3, 300 << 20), "children 20 20");
    bomb.assigned();
    let Ending::OutOfMemory { used } = bomb.ended().how else {
        panic!("not ended for its memory");
    };
    assert!(used > 300 << 20, "{used}");
    // The others are still served; their ends are those of their connections.
    let lines = launchpad.connect().list();
    let running: Vec<_> = lines.iter().filter_map(|line| line.request).collect();
    assert_eq!(running.len(), 2, "{lines:?}");
}
