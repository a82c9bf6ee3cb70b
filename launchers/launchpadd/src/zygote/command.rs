//! How each language's zygote is started: the command line, and an environment of named variables
//! only. Its channel and what becomes of its process are the same for all.

use crate::roster::Generation;
use launchpad_protocol::environment::Environment;
use launchpad_protocol::keeper::Start;
use launchpad_protocol::zygote::View;
use std::ffi::{OsStr, OsString};
use std::fs::DirBuilder;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What every zygote is given. It must stay single-threaded to fork safely, and BLAS and OpenMP
/// start their threads when they are loaded.
const ALL: [(&str, &str); 6] = [
    ("PATH", "/usr/bin:/bin"),
    ("LANG", "C.UTF-8"),
    ("HOME", "/"),
    ("OPENBLAS_NUM_THREADS", "1"),
    ("OMP_NUM_THREADS", "1"),
    ("MKL_NUM_THREADS", "1"),
];

/// The C library's epoll for what a script loads; the file's own folder is what scripts see of it.
const PRELOAD: &str = "preload/launchpad_preload.so";

/// In the working directory: a folder for each zygote that writes where it starts.
const SCRATCH: &str = "scratch";

/// Where a zygote of the environment starts.
fn folder(environment: &Environment, generation: Generation) -> PathBuf {
    match environment.language.entry().zygote.writes {
        true => scratch(generation),
        false => "/".into(),
    }
}

fn scratch(generation: Generation) -> PathBuf {
    Path::new(SCRATCH).join(generation.0.to_string())
}

/// Makes the folder if the zygote writes there.
pub fn make_scratch(environment: &Environment, generation: Generation) -> io::Result<()> {
    if !environment.language.entry().zygote.writes {
        return Ok(());
    }
    let mut builder = DirBuilder::new();
    builder.recursive(true).mode(0o700);
    builder.create(folder(environment, generation))
}

/// Removes what the zygote has left, which removes it itself if it ends by itself.
pub fn remove_scratch(generation: Generation) {
    let _ = std::fs::remove_dir_all(scratch(generation));
}

/// Removes what zygotes of a launchpadd before have left. Before the first one.
pub fn clear_scratch() {
    let _ = std::fs::remove_dir_all(SCRATCH);
}

/// The environment's program on its language's launcher in `launchers`.
pub fn command(environment: &Environment, generation: Generation, launchers: &Path) -> Command {
    let mut command = Command::new(&environment.program);
    command.env_clear().envs(ALL);
    let preload = launchers.join(PRELOAD);
    // The loader would complain of one that is not there, in what a zygote says.
    if is_one_entry(&preload) && preload.is_file() {
        command.env("LD_PRELOAD", preload);
    }
    let zygote = &environment.language.entry().zygote;
    let mut launcher = OsString::from(zygote.before_launcher);
    launcher.push(launchers.join(zygote.launcher));
    command
        .current_dir(folder(environment, generation))
        .envs(zygote.variables.iter().copied())
        .args(zygote.arguments)
        .arg(launcher);
    command
}

/// Likewise, for a keeper.
pub fn start(environment: &Environment, launchers: &Path, view: View) -> Start {
    // The folder it starts in is the keeper's to say.
    let command = command(environment, Generation(0), launchers);
    let text = |text: &OsStr| text.to_string_lossy().into_owned();
    let set = |(name, value): (&OsStr, Option<&OsStr>)| Some((text(name), text(value?)));
    Start {
        view,
        arguments: command.get_args().map(text).collect(),
        variables: command.get_envs().filter_map(set).collect(),
        writes: environment.language.entry().zygote.writes,
    }
}

/// Whether the loader, which takes a list of files, takes this for one.
fn is_one_entry(path: &Path) -> bool {
    let path = path.as_os_str().as_bytes();
    !path.iter().any(|byte| b" :".contains(byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use launchpad_protocol::launch::Language;

    const ANY: Generation = Generation(1);

    fn plain(language: Language, program: &str, launchers: &Path) -> Command {
        let environment = Environment::of(language, program);
        command(&environment, ANY, launchers)
    }

    fn words(command: &Command) -> Vec<&str> {
        let program = std::iter::once(command.get_program());
        let words = program.chain(command.get_args());
        words.map(|word| word.to_str().unwrap()).collect()
    }

    fn has(command: &Command, name: &str) -> bool {
        command.get_envs().any(|(key, _)| key == name)
    }

    #[test]
    fn each_language_has_its_own_command_line() {
        let launchers = Path::new("/l");
        let python = plain(Language::PYTHON, "/p/python", launchers);
        assert_eq!(words(&python), ["/p/python", "-I", "-S", "/l/python"]);
        let r = plain(Language::R, "/usr/bin/R", launchers);
        assert_eq!(
            words(&r),
            ["/usr/bin/R", "--no-echo", "--vanilla", "--file=/l/r/main.R"]
        );
    }

    #[test]
    fn a_path_that_the_loader_would_split_is_not_preloaded() {
        for (launchers, is_one) in [("/l", true), ("/l m", false), ("/l:m", false)] {
            assert_eq!(is_one_entry(Path::new(launchers)), is_one, "{launchers}");
        }
        let none = plain(Language::R, "p", Path::new("/no such folder"));
        assert!(!has(&none, "LD_PRELOAD"));
    }

    #[test]
    fn variables_of_one_language_are_not_the_others() {
        let python = plain(Language::PYTHON, "p", Path::new("/"));
        let r = plain(Language::R, "r", Path::new("/"));
        for (command, own, others) in [
            (&python, "PYTHONUTF8", "TMPDIR"),
            (&r, "TMPDIR", "PYTHONUTF8"),
        ] {
            assert!(has(command, "PATH") && has(command, "OMP_NUM_THREADS"));
            assert!(has(command, own) && !has(command, others));
        }
    }
}
