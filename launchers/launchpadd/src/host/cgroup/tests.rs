//! Set-up and leaves, against the kernel's rules.

mod ends;

use super::fake::Fake;
use super::*;
use crate::enforce::{Bounds, Enforcer, Load, Subject};
use crate::roster::Order;
use launchpad_protocol::launch::Limits;
use launchpad_protocol::pool::Pool;
use launchpad_protocol::processors::Processors as Set;

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
            group.available = vec!["cpu", "cpuset", "memory", "pids"];
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
    let mut subtree = set_up(&fake, "/cg/slice/unit").unwrap();
    assert_eq!(fake.processes("/cg/slice/unit"), []);
    assert_eq!(fake.processes("/cg/slice/unit/server"), [10, 11, 12]);
    let weight = file(&fake, "/cg/slice/unit/server/cpu.weight");
    assert_eq!(weight.as_deref(), Some("1000"));
    let mut leaf = subtree.leaf(7, "default").unwrap();
    let folder = "/cg/slice/unit/launchpad/pool-default/satellite-7";
    assert_eq!(leaf.folder(), Path::new(folder));
    let read = |name: &str| file(&fake, &format!("{folder}/{name}")).unwrap();
    assert_eq!(read("pids.max"), "96");
    assert_eq!(read("memory.swap.max"), "0");
    assert_eq!(read("memory.oom.group"), "1");
    assert_eq!(read("memory.max"), "max");
    subtree
        .limit(&mut leaf, &Bounds::from(&limits()), 96)
        .unwrap();
    assert_eq!(read("memory.max"), "4096");
    assert_eq!(read("pids.max"), "40");
    assert_eq!(read("cpu.max"), "150000 100000");
    assert_eq!(read("cpuset.cpus"), "0-1");
    let load = Load {
        user: 20,
        system: 10,
        memory: 4096,
        processes: 1,
        max_rss: 0,
    };
    assert_eq!(subtree.leaf_load(&leaf), Some(load));
}

fn define(subtree: &mut Subtree<&Fake>, pool: &Pool) -> io::Result<()> {
    subtree.bound_pool(&pool.name, &Bounds::from(pool))
}

fn limits() -> Limits {
    Limits {
        memory: 4000,
        cpu: 150,
        processes: 8,
        processors: Set::parse("0,1").unwrap(),
    }
}

#[test]
fn no_limit_of_the_processor() {
    let fake = host();
    let mut subtree = set_up(&fake, "/cg/slice/unit").unwrap();
    let mut leaf = subtree.leaf(7, "default").unwrap();
    let memory = Limits {
        cpu: 0,
        processors: Set::default(),
        ..limits()
    };
    subtree.limit(&mut leaf, &Bounds::from(&memory), 0).unwrap();
    let read = |name: &str| file(&fake, &leaf.folder().join(name).display().to_string());
    assert_eq!(read("cpu.max").as_deref(), Some("max 100000"));
    assert_eq!(read("cpuset.cpus").as_deref(), Some("\n"));
}

/// Where the controllers of the processors were not delegated.
#[test]
fn without_processors() {
    let fake = host();
    let unit = Path::new("/cg/slice/unit");
    fake.groups.borrow_mut().get_mut(unit).unwrap().available = vec!["memory", "pids"];
    let mut subtree = set_up(&fake, "/cg/slice/unit").unwrap();
    assert_eq!(subtree.processors(), Processors::default());
    let mut leaf = subtree.leaf(7, "default").unwrap();
    subtree
        .limit(&mut leaf, &Bounds::from(&limits()), 0)
        .unwrap();
    assert_eq!(file(&fake, "/cg/slice/unit/server/cpu.weight"), None);
}

/// What is left to the next enforcer.
#[test]
fn what_the_controllers_do_not_bound_is_left() {
    for (available, cpu) in [
        (vec!["cpu", "memory", "pids"], None),
        (vec!["memory", "pids"], Some(150)),
    ] {
        let (fake, now) = (host(), std::time::Instant::now());
        let unit = Path::new("/cg/slice/unit");
        fake.groups.borrow_mut().get_mut(unit).unwrap().available = available;
        let mut subtree = set_up(&fake, "/cg/slice/unit").unwrap();
        let bounds = Bounds::from(&limits());
        let rest = Bounds {
            cpu,
            processors: bounds.processors,
            ..Bounds::default()
        };
        assert_eq!(subtree.define("p", bounds, now).unwrap(), rest);
        let subject = Subject {
            bounds,
            ..Subject::default()
        };
        // One that was not made in a cgroup is left as it is.
        assert_eq!(subtree.begin(Order(1), &subject, now).unwrap(), bounds);
        subtree.enter(Order(1), "p").unwrap();
        assert_eq!(subtree.begin(Order(1), &subject, now).unwrap(), rest);
    }
}

#[test]
fn a_pool_is_bounded_once() {
    let fake = host();
    let mut subtree = set_up(&fake, "/cg/slice/unit").unwrap();
    let mut pool = Pool {
        name: "night/ly".to_owned(),
        memory: 1 << 30,
        cpu: 250,
        processes: 100,
        ..Pool::default()
    };
    let folder = "/cg/slice/unit/launchpad/pool-night-2fly";
    let read = |name: &str| file(&fake, &format!("{folder}/{name}")).unwrap();
    define(&mut subtree, &pool).unwrap();
    assert_eq!(read("memory.max"), (1 << 30).to_string());
    assert_eq!(read("cpu.max"), "250000 100000");
    assert_eq!(read("pids.max"), "100");
    // Their inits are not the scripts'.
    let leaves = [3, 4].map(|order| subtree.leaf(order, "night/ly").unwrap());
    assert_eq!(read("pids.max"), "104");
    for leaf in leaves {
        subtree.left(&leaf);
        (&fake).remove(leaf.folder()).unwrap();
    }
    assert_eq!(read("pids.max"), "100");
    assert_eq!(read("cpuset.cpus"), "\n");
    let path = format!("{folder}/memory.max");
    (&fake).write(Path::new(&path), "untouched").unwrap();
    define(&mut subtree, &pool).unwrap();
    assert_eq!(read("memory.max"), "untouched");
    pool.memory = 0;
    pool.processes = 0;
    pool.processors = Set::parse("1").unwrap();
    define(&mut subtree, &pool).unwrap();
    assert_eq!(read("memory.max"), "max");
    assert_eq!(read("pids.max"), "max");
    assert_eq!(read("cpuset.cpus"), "1");
    pool.processors = Set::default();
    define(&mut subtree, &pool).unwrap();
    assert_eq!(read("cpuset.cpus"), "0-7");
    let leaf = subtree.leaf(1, "night/ly").unwrap();
    assert_eq!(leaf.folder(), Path::new(folder).join("satellite-1"));
    let load = subtree.load_of_pool("night/ly").unwrap();
    assert_eq!((load.now.memory, load.peak), (4096, None));
    assert_eq!(subtree.load_of_pool("other"), None);
    // Not while there is a satellite in it.
    subtree.remove_pool("night/ly");
    assert!(fake.names().contains(&folder.to_owned()));
    (&fake).remove(leaf.folder()).unwrap();
    subtree.remove_pool("night/ly");
    assert!(!fake.names().contains(&folder.to_owned()));
    subtree.leaf(2, "night/ly").unwrap();
}

#[test]
fn a_leaf_that_cannot_be_prepared_is_not_left() {
    for file in ["pids.max", "memory.oom.group", "memory.swap.max"] {
        let fake = host();
        let mut subtree = set_up(&fake, "/cg/slice/unit").unwrap();
        subtree.enter(Order(1), "default").unwrap();
        fake.read_only.borrow_mut().insert(file);
        let error = subtree.enter(Order(2), "default").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::PermissionDenied, "{file}");
        let leaves = fake.names().into_iter();
        let leaves: Vec<_> = leaves.filter(|name| name.contains("satellite")).collect();
        let first = "/cg/slice/unit/launchpad/pool-default/satellite-1";
        assert_eq!(leaves, [first], "{file}");
        assert_eq!(subtree.leaves.len(), 1, "{file}");
    }
}

/// The pool's limit leaves room for the leaves that there are.
#[test]
fn a_leaf_that_its_pool_has_no_room_for_is_not_counted() {
    let fake = host();
    let mut subtree = set_up(&fake, "/cg/slice/unit").unwrap();
    let pool = Pool {
        name: "p".to_owned(),
        processes: 100,
        ..Pool::default()
    };
    define(&mut subtree, &pool).unwrap();
    fake.read_only.borrow_mut().insert("pool-p/pids.max");
    for order in 1..=3 {
        let error = subtree.enter(Order(order), "p").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::PermissionDenied);
    }
    assert!(!fake.names().iter().any(|name| name.contains("satellite")));
    fake.read_only.borrow_mut().clear();
    subtree.enter(Order(4), "p").unwrap();
    let most = file(&fake, "/cg/slice/unit/launchpad/pool-p/pids.max");
    assert_eq!(most.as_deref(), Some("102"));
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
    let mut subtree = set_up(&fake, "/cg/slice/unit").unwrap();
    subtree.leaf(1, "other").unwrap();
    let left = "/cg/slice/unit/launchpad/pool-other/satellite-1";
    fake.groups
        .borrow_mut()
        .get_mut(Path::new(left))
        .unwrap()
        .processes
        .insert(99);
    *fake.slow.borrow_mut() = 3;
    let mut again = set_up(&fake, "/cg/slice/unit/server").unwrap();
    let pools = |name: &String| name.contains("pool-");
    assert!(!fake.names().iter().any(pools));
    // Its name is free.
    again.leaf(1, "other").unwrap();
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
