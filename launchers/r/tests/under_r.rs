//! Runs the tests that `inside/mod.rs` lists in a real R, with the library that cargo built beside
//! this program. R is part of the project's set-up: without it these tests fail.
//!
//! A program without the test harness: its tests are those that R prints.

use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};

const CODE: &str = r#"
dyn.load(Sys.getenv("LAUNCHPAD_TEST_LIBRARY"))
passed <- .Call("launchpad_self_test")
quit(status = if (passed) 0L else 1L)
"#;

fn main() -> ExitCode {
    let mut library = std::env::current_exe().expect("this program's path");
    library.set_file_name("liblaunchpad_r.so");
    let output = r(library)
        .stdin(Stdio::null())
        .output()
        .expect("R is not there: scripts/setup packages installs it");
    let told = String::from_utf8_lossy(&output.stdout);
    let announced = told
        .lines()
        .find_map(|line| {
            line.strip_prefix("running ")?
                .strip_suffix(" tests")?
                .parse()
                .ok()
        })
        .unwrap_or(0);
    let passed = told
        .lines()
        .filter(|line| line.ends_with(" ... ok"))
        .count();
    // What never ran because R ended early has failed, too.
    let failed = usize::max(announced, passed + 1) - passed;
    let good = output.status.success() && passed == announced && passed > 0;
    print!("{told}");
    if !good {
        println!("{}", String::from_utf8_lossy(&output.stderr));
        println!("R: {}", output.status);
    }
    let (word, failed) = if good { ("ok", 0) } else { ("FAILED", failed) };
    println!("\ntest result: {word}. {passed} passed; {failed} failed");
    if good {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn r(library: PathBuf) -> Command {
    let mut command = Command::new(std::env::var_os("R").unwrap_or("/usr/bin/R".into()));
    command
        .args(["--vanilla", "--no-echo", "-e", CODE])
        .env("LAUNCHPAD_TEST_LIBRARY", library)
        .env("LANG", "C.UTF-8")
        .env_remove("LC_ALL");
    command
}
