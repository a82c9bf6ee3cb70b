//! The tests' own language, whose launcher is tests/toy: its scripts are one sentence each.

use crate::Sign::{Kind, Starts};
use crate::{Denied, Entry, Limit, Pattern, Setting, Zygote};

pub(crate) static TOY: Entry = Entry {
    name: "Toy",
    object: c"launchpad_toy",
    setting: Setting {
        name: c"launchpad.toy",
        default: c"",
        short_description: c"Path of the program that runs toy scripts.",
        long_description: c"Empty: no toys.",
    },
    start_hint: |_| "launchpad.toy names the program that tests/toy becomes.",
    zygote: Zygote {
        arguments: &[],
        before_launcher: "",
        launcher: "toy",
        variables: &[],
        writes: false,
    },
    preload: None,
    is_module: |_| false,
    package: |package| package,
    rounds_bigint: true,
    is_variable: |name| name.bytes().all(|byte| byte.is_ascii_alphabetic()),
    limits: &[Pattern {
        means: Limit::Memory,
        signs: &[Kind("ToyError"), Starts(&["the box is full"])],
    }],
    denials: &[Pattern {
        means: Denied::Programs,
        signs: &[Kind("ToyError"), Starts(&["no other toys"])],
    }],
};
