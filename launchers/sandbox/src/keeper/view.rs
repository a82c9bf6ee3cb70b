//! What a zygote sees of the host's files: the interpreter's, those of the system that interpreters need, and the
//! readable paths. All is for reading. Satellites see no more than that, and most of them less.
//!
//! It is told by paths alone. Nothing that a package brings is read for it: a `.pth` file that names a folder does not
//! make that folder visible.

use crate::Error;
use crate::steps::trees::{link, show as show_tree};
use crate::view::{check_readable, is_forbidden, outermost, secret};
use launchpad_protocol::policy::Sandbox;
use launchpad_protocol::zygote::View;
use std::path::{Component, Path, PathBuf};

/// Of the system: programs that interpreters run when they start, libraries, packages, and what goes with them.
const SYSTEM: &[&str] = &[
    "/bin",
    "/lib",
    "/lib32",
    "/lib64",
    "/libx32",
    "/usr/bin",
    "/usr/lib",
    "/usr/lib32",
    "/usr/lib64",
    "/usr/libx32",
    "/usr/local/lib",
    "/usr/local/lib64",
    "/usr/local/share/fonts",
    "/usr/share/R",
    "/usr/share/fontconfig",
    "/usr/share/fonts",
    "/usr/share/zoneinfo",
    "/var/cache/fontconfig",
];

/// Links only, and R's own settings, which its files in /usr/lib lead to. Nothing else of /etc.
const OF_ETC: [&str; 2] = ["/etc/alternatives", "/etc/R"];

/// Symbolic links at the top of a host whose /usr holds everything.
const TOP: &[&str] = &["/bin", "/lib", "/lib32", "/lib64", "/libx32", "/sbin"];

/// Links on the way to a program, as the kernel follows them.
const LINKS: usize = 40;

/// Binds all of it into the root that is the working directory.
pub(super) fn show(view: &View) -> Result<(), Error> {
    for tree in shown(view)? {
        show_tree(&tree)?;
    }
    let (_, mut links) = program(Path::new(&view.program));
    for folder in TOP
        .iter()
        .map(Path::new)
        .chain([Path::new(&view.launchers)])
    {
        links_on_the_way(folder, &mut links);
    }
    links
        .iter()
        .try_for_each(|(path, target)| link(path, target))
}

/// Folders and files, none in another, by their real paths.
pub(crate) fn shown(view: &View) -> Result<Vec<PathBuf>, Error> {
    let folder = Path::new(&view.root);
    let data = secret(folder, Sandbox::Strict);
    let work = Path::new(&view.work);
    let has_work = !view.work.is_empty();
    let mut trees: Vec<PathBuf> = SYSTEM.iter().map(PathBuf::from).collect();
    trees.extend(program(Path::new(&view.program)).0);
    trees.push(PathBuf::from(&view.launchers));
    let real = trees.iter().filter_map(|path| path.canonicalize().ok());
    let mut trees: Vec<PathBuf> = real.filter(|path| !is_forbidden(path)).collect();
    for path in OF_ETC.map(PathBuf::from) {
        trees.extend(path.is_dir().then_some(path));
    }
    for path in view.readable_paths.iter().map(PathBuf::from) {
        // One that is missing has nothing to show.
        if check_readable(&path, data)? && (!has_work || check_readable(&path, work)?) {
            trees.push(path);
        }
    }
    let trees = outermost(trees);
    // An environment around the launchpad's folder, and with it maybe the data directory; or around the work folders.
    let is_around =
        |tree: &&PathBuf| folder.starts_with(tree) || has_work && work.starts_with(tree);
    if let Some(tree) = trees.iter().find(is_around) {
        return Err(Error::Forbidden(tree.clone()));
    }
    Ok(trees)
}

type Links = Vec<(PathBuf, PathBuf)>;

/// The folders of an interpreter: those that its program lies in, and what that is a link to; and the links. An environment
/// made of it names it in a file.
fn program(path: &Path) -> (Vec<PathBuf>, Links) {
    let (mut trees, mut links) = (Vec::new(), Vec::new());
    let mut left = vec![path.to_owned()];
    while let Some(path) = left.pop() {
        for step in way(&path, &mut links) {
            let tree = home(&step);
            if trees.contains(&tree) {
                continue;
            }
            left.extend(base(&tree).map(|base| base.join("python")));
            trees.push(tree);
        }
    }
    (trees, links)
}

/// The path and all that it leads to, link by link, each in a folder by its real path.
fn way(path: &Path, links: &mut Links) -> Vec<PathBuf> {
    let mut all = Vec::new();
    let mut at = path.to_owned();
    while all.len() < LINKS {
        let (Some(folder), Some(name)) = (at.parent(), at.file_name()) else {
            break;
        };
        links_on_the_way(folder, links);
        let Ok(folder) = folder.canonicalize() else {
            break;
        };
        let here = folder.join(name);
        all.push(here.clone());
        let Ok(target) = here.read_link() else { break };
        at = folder.join(&target);
        links.push((here, target));
    }
    all
}

/// Adds the links that a folder's path leads through.
fn links_on_the_way(folder: &Path, links: &mut Links) {
    let mut at = PathBuf::from("/");
    for part in folder.components() {
        match part {
            Component::Normal(name) => at.push(name),
            Component::ParentDir => drop(at.pop()),
            Component::RootDir | Component::CurDir | Component::Prefix(_) => continue,
        }
        let Ok(target) = at.read_link() else { continue };
        let leads = at.parent().unwrap_or(Path::new("/")).join(&target);
        if links.len() < LINKS && !links.iter().any(|(known, _)| *known == at) {
            links.push((at.clone(), target));
            links_on_the_way(&leads, links);
        }
        let Ok(real) = at.canonicalize() else { return };
        at = real;
    }
}

/// What a program at `path` belongs to: the folder above its `bin`, if that is not one that it shares with the rest of the
/// host; else nothing but itself.
fn home(path: &Path) -> PathBuf {
    let folder = path.parent().unwrap_or(path);
    let is_bin = folder.file_name().is_some_and(|name| name == "bin");
    let above = folder.parent().filter(|_| is_bin);
    let tree = above.filter(|above| !is_forbidden(above));
    tree.unwrap_or(path).to_owned()
}

/// Where the program is that a virtual environment was made of.
fn base(tree: &Path) -> Option<PathBuf> {
    let text = std::fs::read_to_string(tree.join("pyvenv.cfg")).ok()?;
    let home = text.lines().find_map(|line| {
        let (name, value) = line.split_once('=')?;
        (name.trim() == "home").then(|| value.trim().to_owned())
    })?;
    Some(PathBuf::from(home)).filter(|home| home.is_absolute())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{create_dir_all, write};
    use std::os::unix::fs::symlink;

    #[test]
    fn a_program_shows_its_own_folder() {
        for (path, shown) in [
            ("/opt/conda/bin/python", "/opt/conda"),
            ("/home/ann/env/bin/python3.12", "/home/ann/env"),
            ("/opt/R/4.4.1/bin/R", "/opt/R/4.4.1"),
            // Shared with others.
            ("/usr/bin/python3", "/usr/bin/python3"),
            ("/usr/local/bin/R", "/usr/local/bin/R"),
            ("/opt/bin/python", "/opt/bin/python"),
            ("/srv/data/R", "/srv/data/R"),
        ] {
            assert_eq!(home(Path::new(path)), Path::new(shown), "{path}");
        }
    }

    #[test]
    fn an_environment_shows_what_it_was_made_of() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().canonicalize().unwrap();
        let at = |name: &str| place.join(name);
        for folder in ["venv/bin", "python/3.12/bin", "links"] {
            create_dir_all(at(folder)).unwrap();
        }
        write(at("python/3.12/bin/python3.12"), "").unwrap();
        symlink("../python/3.12", at("links/latest")).unwrap();
        symlink(at("links/latest/bin/python3.12"), at("venv/bin/python")).unwrap();
        let (mut trees, links) = program(&at("venv/bin/python"));
        trees.sort();
        let real = std::fs::canonicalize(&place).unwrap().join("python/3.12");
        assert!(
            trees.contains(&at("venv")) && trees.contains(&real),
            "{trees:?}"
        );
        // What the links lead through is found in there as well.
        assert!(
            links.contains(&(at("links/latest"), "../python/3.12".into())),
            "{links:?}"
        );
        // A copy of the program leads nowhere; the environment's file does.
        std::fs::remove_file(at("venv/bin/python")).unwrap();
        write(at("venv/bin/python"), "").unwrap();
        assert_eq!(program(&at("venv/bin/python")).0, [at("venv")]);
        let home = at("python/3.12/bin");
        write(
            at("venv/pyvenv.cfg"),
            format!("home = {}\nversion = 3\n", home.display()),
        )
        .unwrap();
        let (trees, _) = program(&at("venv/bin/python"));
        assert_eq!(trees, [at("venv"), at("python/3.12")]);
        // A loop of links ends.
        symlink(at("loop"), at("loop")).unwrap();
        assert!(program(&at("loop")).0.len() < 3);
    }

    #[test]
    fn work_folders_are_not_shown() {
        let view = |readable: &str, work: &str| View {
            program: "/usr/bin/python3".to_owned(),
            launchers: "/usr/lib".to_owned(),
            readable_paths: vec![readable.to_owned()],
            root: "/data/launchpad/root".to_owned(),
            work: work.to_owned(),
            ..View::default()
        };
        let doc = PathBuf::from("/usr/share/doc");
        let beside = shown(&view("/usr/share/doc", "/usr/share/pg_launchpad-1-1"));
        assert!(beside.unwrap().contains(&doc));
        for work in [
            "/usr/share/doc",
            "/usr/share/doc/pg_launchpad-1-1",
            "/usr/lib/x",
        ] {
            let around = shown(&view("/usr/share/doc", work));
            assert!(matches!(around, Err(Error::Forbidden(_))), "{work}");
        }
    }

    #[test]
    fn nothing_of_the_server_is_shown() {
        let view = |program: &str, readable: &[&str], root: &str| View {
            program: program.to_owned(),
            launchers: "/usr/lib".to_owned(),
            readable_paths: readable.iter().map(|path| (*path).to_owned()).collect(),
            root: root.to_owned(),
            ..View::default()
        };
        let root = "/usr/share/pg/main/launchpad/root";
        let all = shown(&view(
            "/usr/bin/python3",
            &["/usr/share/doc", "/nowhere"],
            root,
        ))
        .unwrap();
        assert!(all.contains(&PathBuf::from("/usr/share/doc")));
        for path in ["/", "/usr", "/etc", "/home", "/root", "/run", "/nowhere"] {
            assert!(!all.contains(&PathBuf::from(path)), "{path}");
        }
        for (program, readable, root) in [
            ("/usr/bin/python3", "/etc/ssl", root),
            // A data directory in what is shown.
            (
                "/usr/bin/python3",
                "/usr/share/doc",
                "/usr/lib/data/launchpad/root",
            ),
        ] {
            let refused = shown(&view(program, &[readable], root));
            assert!(
                matches!(refused, Err(Error::Forbidden(_))),
                "{readable} {root}"
            );
        }
    }
}
