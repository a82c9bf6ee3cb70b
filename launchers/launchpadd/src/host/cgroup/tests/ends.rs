//! Satellites that the kernel ends for want of memory.

use super::*;
use launchpad_protocol::launch::Ending;

/// Puts texts into a group's files, as the kernel would.
fn put(fake: &Fake, folder: &Path, name: &str, text: &str) {
    let mut groups = fake.groups.borrow_mut();
    let files = &mut groups.get_mut(folder).unwrap().files;
    files.insert(name.to_owned(), text.to_owned());
}

#[test]
fn the_end_for_want_of_memory() {
    let fake = host();
    let mut subtree = set_up(&fake, "/cg/slice/unit").unwrap();
    let mut leaf = subtree.leaf(1, "default").unwrap();
    subtree
        .limit(&mut leaf, &Bounds::from(&limits()), 96)
        .unwrap();
    assert_eq!(subtree.ran_out(&leaf), None);
    let folder = leaf.folder().to_owned();
    let events = "low 0\noom 1\noom_kill 2\noom_group_kill 1\n";
    put(&fake, &folder, "memory.events", events);
    assert_eq!(
        subtree.ran_out(&leaf),
        Some(Ending::OutOfMemory { used: 4096 })
    );
    put(&fake, &folder, "memory.peak", "4000\n");
    assert_eq!(
        subtree.ran_out(&leaf),
        Some(Ending::OutOfMemory { used: 4000 })
    );
}

#[test]
fn the_end_for_want_of_the_pools_memory() {
    let fake = host();
    let mut subtree = set_up(&fake, "/cg/slice/unit").unwrap();
    let pool = Pool {
        name: "p".to_owned(),
        memory: 5000,
        ..Pool::default()
    };
    define(&mut subtree, &pool).unwrap();
    let above = PathBuf::from("/cg/slice/unit/launchpad/pool-p");
    // An older one, of which others have died.
    put(
        &fake,
        &above,
        "memory.events.local",
        "low 0\noom 1\noom_kill 0\n",
    );
    let mut leaf = subtree.leaf(1, "p").unwrap();
    subtree
        .limit(&mut leaf, &Bounds::from(&limits()), 96)
        .unwrap();
    let folder = leaf.folder().to_owned();
    put(&fake, &folder, "memory.events", "oom 0\noom_kill 2\n");
    // The whole host had none left.
    assert_eq!(
        subtree.ran_out(&leaf),
        Some(Ending::OutOfMemory { used: 4096 })
    );
    put(
        &fake,
        &above,
        "memory.events.local",
        "low 0\noom 2\noom_kill 0\n",
    );
    let (used, limit) = (5000, 5000);
    assert_eq!(
        subtree.ran_out(&leaf),
        Some(Ending::PoolOutOfMemory { used, limit })
    );
    put(&fake, &above, "memory.peak", "4999\n");
    let used = 4999;
    assert_eq!(
        subtree.ran_out(&leaf),
        Some(Ending::PoolOutOfMemory { used, limit })
    );
    // Both: its own limit it was.
    put(&fake, &folder, "memory.events", "oom 1\noom_kill 2\n");
    assert_eq!(
        subtree.ran_out(&leaf),
        Some(Ending::OutOfMemory { used: 4096 })
    );
}
