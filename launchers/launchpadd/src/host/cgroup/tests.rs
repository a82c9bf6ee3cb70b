//! Set-up and leaves, against the kernel's rules.

use super::fake::Fake;
use super::*;

const ME: u32 = 101;

fn place(own: &str) -> Place {
    Place {
        mount: PathBuf::from("/cg"),
        own: PathBuf::from(own),
    }
}

/// A unit of the user's in a slice of root's.
fn host() -> Fake {
    Fake::default()
        .group("/cg", |_| {})
        .group("/cg/slice", |_| {})
        .group("/cg/slice/unit", |group| {
            group.owner = ME;
            group.available = vec!["cpu", "memory", "pids"];
            group.processes.extend([10, 11, 12]);
        })
}

fn set_up<'a>(fake: &'a Fake, own: &str) -> Result<Subtree<&'a Fake>, Lack> {
    Subtree::at(fake, Some(&place(own)), ME)
}

fn file(fake: &Fake, path: &str) -> Option<String> {
    (&fake).read(Path::new(path)).ok()
}

#[test]
fn a_delegated_unit() {
    let fake = host();
    let subtree = set_up(&fake, "/cg/slice/unit").unwrap();
    assert_eq!(fake.processes("/cg/slice/unit"), []);
    assert_eq!(fake.processes("/cg/slice/unit/server"), [10, 11, 12]);
    let leaf = subtree.leaf(7).unwrap();
    let folder = "/cg/slice/unit/launchpad/satellite-7";
    assert_eq!(leaf.folder(), Path::new(folder));
    let read = |name: &str| file(&fake, &format!("{folder}/{name}")).unwrap();
    assert_eq!(read("pids.max"), "96");
    assert_eq!(read("memory.swap.max"), "0");
    assert_eq!(read("memory.oom.group"), "1");
    assert_eq!(read("memory.max"), "max");
    subtree.limit(&leaf, 4096).unwrap();
    assert_eq!(read("memory.max"), "4096");
}

/// A launchpadd that was started anew, or systemd's DelegateSubgroup=.
#[test]
fn already_in_a_leaf() {
    let fake = host();
    set_up(&fake, "/cg/slice/unit").unwrap();
    let again = set_up(&fake, "/cg/slice/unit/server").unwrap();
    assert_eq!(again.folder(), Path::new("/cg/slice/unit/launchpad"));
    assert_eq!(fake.processes("/cg/slice/unit/server"), [10, 11, 12]);
}

#[test]
fn what_is_not_ours_is_left_alone() {
    // A unit without delegation.
    let fake = Fake::default()
        .group("/cg", |_| {})
        .group("/cg/unit", |group| {
            group.available = vec!["memory"];
            group.processes.insert(1);
        });
    let lack = set_up(&fake, "/cg/unit").err().unwrap();
    assert!(matches!(lack, Lack::NotDelegated(_)), "{lack}");
    // A user's session, which systemd's user manager runs in a subtree of the user's.
    let fake = Fake::default()
        .group("/cg", |_| {})
        .group("/cg/user@", |group| group.owner = ME)
        .group("/cg/user@/app", |group| group.owner = ME)
        .group("/cg/user@/app/session", |group| {
            group.owner = ME;
            group.available = vec!["memory"];
            group.processes.insert(1);
        });
    let names = fake.names();
    let lack = set_up(&fake, "/cg/user@/app/session").err().unwrap();
    assert!(matches!(lack, Lack::NotDelegated(_)), "{lack}");
    // Right below the manager's own folder: others are there too.
    let lack = set_up(&fake, "/cg/user@/app").err().unwrap();
    assert!(matches!(lack, Lack::Controllers(_)), "{lack}");
    assert_eq!(fake.names(), names);
    // Delegated, but the unit starts as root and changes the user itself.
    let fake = Fake::default()
        .group("/cg", |_| {})
        .group("/cg/unit", |group| {
            group.marked = true;
            group.available = vec!["memory", "pids"];
        });
    let lack = set_up(&fake, "/cg/unit").err().unwrap();
    assert!(matches!(lack, Lack::NotDelegated(_)), "{lack}");
    // The superuser owns everything.
    let root = Subtree::at(&host(), Some(&place("/cg/slice")), 0).err();
    assert!(matches!(root, Some(Lack::NotDelegated(_))));
}

#[test]
fn beside_other_folders_of_a_manager() {
    let fake = Fake::default()
        .group("/cg", |_| {})
        .group("/cg/user@", |group| {
            (group.owner, group.marked) = (ME, true);
            group.available = vec!["memory"];
        })
        .group("/cg/user@/other", |group| group.owner = ME)
        .group("/cg/user@/unit", |group| group.owner = ME);
    let lack = set_up(&fake, "/cg/user@/unit").err().unwrap();
    assert!(matches!(lack, Lack::NotDelegated(_)), "{lack}");
}

#[test]
fn systemds_mark_counts_wherever_it_is() {
    let fake = Fake::default()
        .group("/cg", |_| {})
        .group("/cg/user@", |group| group.owner = ME)
        .group("/cg/user@/unit", |group| {
            (group.owner, group.marked) = (ME, true);
            group.available = vec!["pids", "memory"];
        });
    let subtree = set_up(&fake, "/cg/user@/unit").unwrap();
    assert_eq!(subtree.folder(), Path::new("/cg/user@/unit/launchpad"));
}

#[test]
fn without_controllers() {
    let fake = host();
    fake.groups
        .borrow_mut()
        .get_mut(Path::new("/cg/slice/unit"))
        .unwrap()
        .available = vec!["cpu", "pids"];
    let lack = set_up(&fake, "/cg/slice/unit").err().unwrap();
    assert!(matches!(lack, Lack::Controllers(_)), "{lack}");
    assert_eq!(fake.processes("/cg/slice/unit"), [10, 11, 12]);
    assert!(matches!(
        Subtree::at(&fake, None, ME).err(),
        Some(Lack::Version)
    ));
}

#[test]
fn processes_that_never_end_to_be_born() {
    let fake = host();
    fake.groups
        .borrow_mut()
        .get_mut(Path::new("/cg/slice/unit"))
        .unwrap()
        .fertile = true;
    let lack = set_up(&fake, "/cg/slice/unit").err().unwrap();
    assert!(matches!(lack, Lack::Refused { .. }), "{lack}");
}

#[test]
fn leftovers_are_ended_and_removed() {
    let fake = host();
    let subtree = set_up(&fake, "/cg/slice/unit").unwrap();
    subtree.leaf(1).unwrap();
    let left = "/cg/slice/unit/launchpad/satellite-1";
    fake.groups
        .borrow_mut()
        .get_mut(Path::new(left))
        .unwrap()
        .processes
        .insert(99);
    *fake.slow.borrow_mut() = 3;
    let again = set_up(&fake, "/cg/slice/unit/server").unwrap();
    assert!(!fake.names().contains(&left.to_owned()));
    // Its name is free.
    again.leaf(1).unwrap();
}

#[test]
fn two_launchpads_do_not_share() {
    let fake = host();
    set_up(&fake, "/cg/slice/unit").unwrap();
    fake.groups
        .borrow_mut()
        .get_mut(Path::new("/cg/slice/unit/launchpad"))
        .unwrap()
        .locked = true;
    let lack = set_up(&fake, "/cg/slice/unit/server").err().unwrap();
    assert!(matches!(lack, Lack::Taken(_)), "{lack}");
}

#[test]
fn the_end_for_want_of_memory() {
    let fake = host();
    let subtree = set_up(&fake, "/cg/slice/unit").unwrap();
    let leaf = subtree.leaf(1).unwrap();
    subtree.limit(&leaf, 4096).unwrap();
    assert_eq!(subtree.ran_out(&leaf), None);
    let folder = leaf.folder().to_owned();
    let put = |name: &str, text: &str| {
        let mut groups = fake.groups.borrow_mut();
        let files = &mut groups.get_mut(&folder).unwrap().files;
        files.insert(name.to_owned(), text.to_owned());
    };
    put(
        "memory.events",
        "low 0\noom 1\noom_kill 2\noom_group_kill 1\n",
    );
    assert_eq!(subtree.ran_out(&leaf), Some(4096));
    put("memory.peak", "4000\n");
    assert_eq!(subtree.ran_out(&leaf), Some(4000));
}
