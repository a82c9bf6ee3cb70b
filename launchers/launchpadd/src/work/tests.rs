//! Work folders in directories of all kinds.

use super::*;
use nix::sys::stat::stat;
use nix::unistd::geteuid;
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::thread::sleep;

/// A tmpfs on nearly every host, and not where tests' folders are; None where it is not.
pub(crate) fn another_file_system() -> Option<PathBuf> {
    let other = PathBuf::from("/dev/shm");
    let device = |path: &Path| stat(path).ok().map(|status| status.st_dev);
    (device(&other)? != device(&std::env::temp_dir())?).then_some(other)
}

/// A data directory, and a work directory on another file system; both are removed at the end.
struct Places {
    data: PathBuf,
    directory: PathBuf,
    _both: [TempDir; 2],
}

impl Places {
    fn new(name: &str) -> Option<Self> {
        let name = format!("launchpad {name} $'\"-");
        let mut folder = Builder::new();
        folder
            .prefix(&name)
            .permissions(Permissions::from_mode(0o700));
        let (ours, other) = (std::env::temp_dir(), another_file_system()?);
        let both = [ours, other].map(|top| folder.tempdir_in(top).unwrap());
        let [data, directory] = both.each_ref().map(|folder| folder.path().to_owned());
        fs::create_dir(data.join("pg_wal")).unwrap();
        fs::create_dir(data.join("pg_tblspc")).unwrap();
        Some(Places {
            data,
            directory,
            _both: both,
        })
    }

    fn site_in(&self, directory: &Path, count: u64) -> Result<Arc<Site>, Unfit> {
        let directory = directory.to_str().unwrap();
        let name = Name { run: 7, count };
        Site::make(directory, &self.data, &name).map(Arc::new)
    }

    fn site(&self, count: u64) -> Arc<Site> {
        self.site_in(&self.directory, count).unwrap()
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.directory).unwrap().flatten();
        let mut names: Vec<_> = entries
            .map(|entry| entry.file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

fn eventually(holds: impl Fn() -> bool) {
    for _ in 0..200 {
        if holds() {
            return;
        }
        sleep(Duration::from_millis(50));
    }
    panic!("never came true");
}

#[tokio::test]
async fn what_a_script_left_is_removed_and_nothing_else() {
    let Some(places) = Places::new("work") else {
        return;
    };
    let secret = places.directory.join("secret");
    fs::write(&secret, "").unwrap();
    let site = places.site(1);
    let work = Work::make(&site, 7).unwrap();
    let deep = work.folder().join("a/b");
    fs::create_dir_all(&deep).unwrap();
    symlink(&places.directory, deep.join("link")).unwrap();
    assert!(matches!(Work::make(&site, 7), Err(Unfit::Make { .. })));
    let folder = work.folder().to_owned();
    assert!(work.is_there());
    work.remove().await;
    assert!(!folder.exists() && secret.exists());

    // The folder of all goes with the last of them.
    let work = Work::make(&site, 8).unwrap();
    let folder = site.folder().to_owned();
    drop(site);
    sleep(Duration::from_millis(200));
    assert!(work.is_there());
    work.remove().await;
    eventually(|| !folder.exists());
    assert_eq!(places.names(), ["secret"]);
}

#[test]
fn a_dead_runs_folder_is_removed_and_no_other() {
    let Some(places) = Places::new("dead") else {
        return;
    };
    let at = |name: &str| places.directory.join(name);
    let dead = "pg_launchpad-00000000000000aa-1";
    fs::create_dir_all(at(dead).join("work-1/a")).unwrap();
    let others = [
        "pg_launchpad-00000000000000aa-",
        "pg_launchpad-00000000000000aa-1.old",
        "pg_launchpad-aa-1",
        "work-1",
    ];
    for name in others {
        fs::create_dir(at(name)).unwrap();
    }
    // A link by that name, to something of ours.
    symlink(at("work-1"), at("pg_launchpad-00000000000000ab-1")).unwrap();
    let stranger = at("pg_launchpad-00000000000000ac-1");
    fs::create_dir(&stranger).unwrap();
    if geteuid().is_root() {
        std::os::unix::fs::chown(&stranger, Some(4321), None).unwrap();
    } else {
        fs::remove_dir(&stranger).unwrap();
    }
    // Another cluster that lives, in the same directory.
    let first = places.site(1);
    let work = Work::make(&first, 1).unwrap();
    let second = places.site(2);
    eventually(|| !at(dead).exists());
    sleep(Duration::from_millis(200));
    assert!(work.is_there() && first.is_there() && second.is_there());
    assert!(others.into_iter().all(|name| at(name).exists()));
    assert!(at("pg_launchpad-00000000000000ab-1").is_symlink());
    assert_eq!(stranger.exists(), geteuid().is_root());
    // What is in the way of a new one is left alone.
    let name = Name { run: 7, count: 3 }.to_string();
    symlink(at("work-1"), at(&name)).unwrap();
    let taken = places.site_in(&places.directory, 3).map(drop);
    assert!(matches!(taken, Err(Unfit::Make { .. })), "{taken:?}");
    assert!(at(&name).is_symlink());
}

#[test]
fn a_folder_that_is_gone_or_another_is_noticed() {
    let Some(places) = Places::new("gone") else {
        return;
    };
    let directory = places.directory.to_str().unwrap().to_owned();
    let site = places.site(1);
    assert!(site.serves(&directory) && !site.serves("/elsewhere"));
    assert!(site.available().is_some_and(|bytes| bytes > 0));
    let moved = places.directory.join("moved");
    fs::rename(site.folder(), &moved).unwrap();
    assert!(!site.is_there());
    fs::create_dir(site.folder()).unwrap();
    assert!(!site.serves(&directory));
}

#[test]
fn directories_that_are_unfit() {
    let Some(places) = Places::new("unfit") else {
        return;
    };
    let unfit = |directory: &Path| {
        let made = places.site_in(directory, 1);
        made.err()
            .map(|unfit| unfit.to_string())
            .unwrap_or_default()
    };
    assert_eq!(unfit(Path::new("")), "launchpad.work_directory is empty");
    assert!(unfit(Path::new("relative")).ends_with("is not a directory"));
    assert!(unfit(&places.directory.join("none")).contains("No such file"));
    assert!(unfit(&places.directory.join("x".repeat(300))).contains("File name too long"));
    assert!(unfit(&std::env::temp_dir()).contains("file system of the data directory"));
    assert!(unfit(&places.data).ends_with("is in the data directory"));
    assert!(unfit(&places.data.join("pg_wal")).ends_with("is in the data directory"));
    fs::set_permissions(&places.directory, Permissions::from_mode(0o777)).unwrap();
    assert!(unfit(&places.directory).contains("mode 0777"));
    fs::set_permissions(&places.directory, Permissions::from_mode(0o700)).unwrap();

    // The WAL and a tablespace lie elsewhere, by links.
    let (inner, wal) = (places.directory.join("inner"), places.data.join("pg_wal"));
    fs::create_dir(&inner).unwrap();
    fs::remove_dir(&wal).unwrap();
    symlink(&inner, &wal).unwrap();
    assert!(unfit(&inner).ends_with("is in the WAL"));
    assert!(unfit(&places.directory).contains("file system of the WAL"));
    fs::remove_file(&wal).unwrap();
    symlink(&inner, places.data.join("pg_tblspc/16384")).unwrap();
    assert!(unfit(&inner).ends_with("is in the directory of a tablespace"));
    // Beside it is fine.
    assert_eq!(unfit(&places.directory), "");
}

/// A work folder, and a program that removes it at the third attempt if it `succeeds`, slowly; each attempt leaves two
/// lines in `log`.
fn slow(places: &Places, succeeds: bool) -> (Work, String, PathBuf) {
    let (program, log) = (places.data.join("slow"), places.data.join("log"));
    let third = "[ $(grep -c begun \"$log\") -lt 3 ] || rm -r \"$3\"";
    let last = if succeeds { third } else { "" };
    let text = format!(
        "#!/bin/sh\nlog=\"${{0%/slow}}/log\"\necho begun >>\"$log\"\nsleep 0.2\n{last}\necho ended >>\"$log\"\n"
    );
    fs::write(&program, text).unwrap();
    fs::set_permissions(&program, Permissions::from_mode(0o700)).unwrap();
    let work = Work::make(&places.site(1), 1).unwrap();
    (work, program.display().to_string(), log)
}

#[tokio::test]
async fn an_attempt_ends_before_the_next_one_begins() {
    let Some(places) = Places::new("attempts") else {
        return;
    };
    let (work, program, log) = slow(&places, true);
    assert!(work.is_removed_by(&program).await);
    let log = fs::read_to_string(log).unwrap();
    assert_eq!(log, "begun\nended\n".repeat(3));
}

#[tokio::test]
async fn what_cannot_be_removed_is_given_up() {
    let Some(places) = Places::new("given-up") else {
        return;
    };
    let (work, program, _) = slow(&places, false);
    assert!(!work.is_removed_by(&program).await);
    assert!(work.folder().exists());
}
