//! What is chosen, and when.

use super::*;

const NO_MORE: Duration = Duration::from_secs(1000);
const PRICE: Duration = Duration::from_secs(2);

pub fn import(module: &str, milliseconds: u64) -> Import {
    Import {
        module: module.to_owned(),
        microseconds: milliseconds * 1000,
    }
}

/// With room for 8 packages of unknown size.
pub fn learned() -> Imports {
    let mut imports = Imports::default();
    imports.configure(Language::PYTHON, &Preload::Auto, 128 << 20);
    imports
}

impl Imports {
    /// Long after the latest choice.
    pub fn heard(
        &mut self,
        role: u32,
        imports: &[Import],
        most: Duration,
        price: Duration,
    ) -> bool {
        self.not_before = None;
        self.report(role, imports, most, price, Instant::now())
    }
}

fn names(imports: &Imports) -> Vec<&str> {
    let chosen = imports.chosen().iter();
    chosen.map(|modules| modules[0].as_str()).collect()
}

#[test]
fn a_zygote_is_renewed_when_calls_have_lost_what_that_costs() {
    let mut imports = learned();
    let sklearn = [import("sklearn", 400), import("sklearn.ensemble", 800)];
    assert!(!imports.heard(1, &sklearn, NO_MORE, PRICE));
    assert_eq!(imports.selection(), 0);
    assert!(imports.heard(1, &sklearn, NO_MORE, PRICE));
    assert_eq!(imports.chosen(), [["sklearn", "sklearn.ensemble"]]);
    let first = imports.selection();
    assert_ne!(first, 0);
    // It is there: nothing is lost any more.
    for _ in 0..100 {
        assert!(!imports.heard(1, &[import("sklearn", 0)], NO_MORE, PRICE));
    }
    assert_eq!(imports.selection(), first);
    // A module of it that was not.
    for _ in 0..39 {
        assert!(!imports.heard(
            1,
            &[import("sklearn", 0), import("sklearn.svm", 50)],
            NO_MORE,
            PRICE
        ));
    }
    assert!(imports.heard(
        1,
        &[import("sklearn", 0), import("sklearn.svm", 50)],
        NO_MORE,
        PRICE
    ));
    assert_eq!(imports.chosen()[0][2], "sklearn.svm");
    assert_ne!(imports.selection(), first);
}

#[test]
fn what_costs_little_is_not_preloaded() {
    let mut imports = learned();
    for _ in 0..10_000 {
        assert!(!imports.heard(1, &[import("six", 4)], NO_MORE, PRICE));
    }
    let lines = imports.lines(Language::PYTHON, "launchpad.python_preload", &[]);
    assert_eq!(lines[0].calls, 10_000);
    assert_eq!(lines[0].note, "importing it takes less than 5 ms");
}

#[test]
fn a_script_cannot_claim_more_than_its_call_has_taken() {
    let mut imports = learned();
    let claim = [
        import("small", u64::MAX / 1000),
        import("other", u64::MAX / 1000),
    ];
    let took = Duration::from_millis(20);
    for _ in 0..99 {
        assert!(!imports.heard(1, &claim, took, PRICE));
    }
    assert!(imports.heard(1, &claim, took, PRICE));
    let lines = imports.lines(Language::PYTHON, "", &[]);
    assert_eq!(lines[1].microseconds, 20_000);
    assert_eq!(lines[0].microseconds, 0);
}

#[test]
fn roles_take_turns() {
    let mut imports = learned();
    // One role floods with 60 packages, each dearer than what the others use.
    for number in 0..60 {
        for _ in 0..50 {
            imports.heard(
                1,
                &[import(&format!("flood{number}"), 5000)],
                NO_MORE,
                NO_MORE * 1000,
            );
        }
    }
    imports.heard(2, &[import("sklearn", 1000)], NO_MORE, NO_MORE * 1000);
    imports.heard(3, &[import("matplotlib", 700)], NO_MORE, PRICE);
    let chosen = names(&imports);
    assert_eq!(chosen.len(), 8);
    assert_eq!(chosen[1..3], ["sklearn", "matplotlib"]);
}

#[test]
fn what_is_too_large_leaves_room_for_others() {
    let mut imports = learned();
    for name in ["large", "small"] {
        imports.heard(1, &[import(name, 3000)], NO_MORE, NO_MORE);
    }
    imports.measured("large", 200 << 20);
    imports.configure(Language::PYTHON, &Preload::Auto, 128 << 20);
    assert_eq!(names(&imports), ["small"]);
    let lines = imports.lines(Language::PYTHON, "", &[]);
    assert_eq!(lines[0].note, "launchpad.preload_memory has no room for it");
    assert_eq!(lines[1].note, "the next zygote preloads it");
}

#[test]
fn what_misbehaves_is_left_out_until_the_settings_are_read_again() {
    let mut imports = learned();
    imports.heard(
        1,
        &[import("threads", 3000), import("good", 3000)],
        NO_MORE,
        PRICE,
    );
    assert_eq!(names(&imports).len(), 2);
    let before = imports.selection();
    assert!(imports.refuse("threads", "it has started a thread"));
    assert!(imports.selection() > before);
    assert_eq!(names(&imports), ["good"]);
    for _ in 0..10 {
        assert!(!imports.heard(1, &[import("threads", 3000)], NO_MORE, PRICE));
    }
    let lines = imports.lines(
        Language::PYTHON,
        "",
        &[vec!["good".into(), "good.part".into()]],
    );
    assert_eq!(lines[1].note, "it has started a thread");
    assert!(lines[0].is_preloaded && lines[0].note == "good.part");
    assert!(imports.configure(Language::PYTHON, &Preload::Auto, 128 << 20));
    assert_eq!(names(&imports).len(), 2);
    assert!(imports.refuse_all("satellites did not get ready"));
    assert_eq!((names(&imports).len(), imports.selection()), (0, 0));
}

#[test]
fn a_list_is_taken_as_it_is() {
    let mut imports = learned();
    let list = ["a.b", "c", "a.d", "a"].map(str::to_owned).to_vec();
    assert!(imports.configure(Language::PYTHON, &Preload::Modules(list), 1));
    assert_eq!(imports.chosen(), [vec!["a", "a.b", "a.d"], vec!["c"]]);
    assert!(!imports.heard(1, &[import("x", 9000)], NO_MORE, PRICE));
    let lines = imports.lines(Language::PYTHON, "launchpad.python_preload", &[]);
    assert_eq!(lines[2].note, "launchpad.python_preload does not name it");
    assert!(imports.configure(Language::PYTHON, &Preload::default(), 1));
    assert_eq!(imports.selection(), 0);
}

#[test]
fn what_is_not_used_any_more_is_forgotten() {
    let mut imports = learned();
    for _ in 0..8 {
        imports.heard(1, &[import("old", 300)], NO_MORE, PRICE);
    }
    for _ in 0..4 {
        assert_eq!(names(&imports), ["old"]);
        imports.age();
    }
    assert!(imports.packages.is_empty());
}

#[test]
fn books_are_bounded() {
    let mut imports = learned();
    for number in 0..100_000_u32 {
        let package = format!("p{}", number % 5000);
        let module = format!("{package}.m{number}");
        imports.heard(number, &[import(&module, 1)], NO_MORE, PRICE);
    }
    for number in 0..1000_u32 {
        imports.heard(
            number,
            &[import(&format!("p.m{number}"), 1)],
            NO_MORE,
            PRICE,
        );
    }
    assert_eq!(imports.packages.len(), MOST_PACKAGES);
    let package = &imports.packages["p"];
    assert!(package.modules.len() <= 64 && package.roles.len() <= 32);
    // What no module is named is not taken at all.
    imports.heard(
        1,
        &[import("../evil", 9), import("", 9), import("a b", 9)],
        NO_MORE,
        PRICE,
    );
    assert!(
        !imports
            .packages
            .keys()
            .any(|name| name.contains(['/', ' ']))
    );
}

#[test]
fn loading_zygotes_takes_a_tenth_of_the_time_whatever_is_told() {
    let mut imports = learned();
    let mut now = Instant::now();
    let mut choices = 0;
    for number in 0..3600 {
        // Dearer than all before it.
        let new = [import(&format!("p{number}"), 5000 + number)];
        choices += u32::from(imports.report(1, &new, NO_MORE, PRICE, now));
        now += Duration::from_secs(1);
    }
    assert!((100..=180).contains(&choices), "{choices}");
}

#[test]
fn what_is_not_there_is_no_reason_for_another_zygote() {
    let mut imports = learned();
    imports.heard(
        1,
        &[import("none", 3000), import("some", 3000)],
        NO_MORE,
        PRICE,
    );
    let before = imports.selection();
    imports.is_absent("none", "there is no module named none");
    assert_eq!(
        (names(&imports), imports.selection()),
        (vec!["some"], before)
    );
    // Nor is that it is told of again.
    for _ in 0..10 {
        assert!(!imports.heard(1, &[import("none", 3000)], NO_MORE, PRICE));
    }
    assert_eq!(imports.selection(), before);
}

#[test]
fn what_few_calls_import_is_not_preloaded() {
    let mut imports = learned();
    for _ in 0..100 {
        imports.served();
    }
    assert!(!imports.heard(1, &[import("sklearn", 3000)], NO_MORE, PRICE));
    let lines = imports.lines(Language::PYTHON, "", &[]);
    assert_eq!(lines[0].note, "less than one call in 50 imports it");
    assert!(imports.heard(1, &[import("sklearn", 3000)], NO_MORE, PRICE));
    assert_eq!(names(&imports), ["sklearn"]);
    // Others' calls have become more.
    for _ in 0..100 {
        imports.served();
    }
    assert!(imports.look_again());
    assert!(names(&imports).is_empty());
}
