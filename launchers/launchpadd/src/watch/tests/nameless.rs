//! Blocks without a name: whom they count for.

use super::*;

const LIMIT: u64 = 4 * MB;

fn watch(orders: &[u64]) -> Watch {
    let mut watch = Watch::default();
    for order in orders {
        begin(&mut watch, *order);
    }
    watch
}

fn begin(watch: &mut Watch, order: u64) {
    let subject = Subject {
        folder: Some(format!("/nowhere/site/work-{order}").into()),
        tmp_limit: LIMIT,
        ..Subject::default()
    };
    watch.begin(Order(order), &subject, Instant::now()).unwrap();
}

/// After so many looks that show this total, the last of them.
fn charged(watch: &mut Watch, total: u64, looks: u32) -> Vec<(Order, Excess)> {
    let mut over = Vec::new();
    let mut before = watch.running.values().map(|one| one.nameless).max();
    for _ in 0..looks {
        let grown = total.saturating_sub(before.replace(total).unwrap_or(0));
        over.clear();
        watch.charge(Shown { total, grown }, &mut over);
    }
    over.iter().map(|over| (over.order, over.excess)).collect()
}

#[test]
fn one_that_ran_alone_is_ended_when_it_lasts() {
    let mut watch = watch(&[1]);
    assert_eq!(charged(&mut watch, LIMIT, 20), []);
    let ended = (Order(1), Excess::Files(LIMIT + 1));
    assert_eq!(charged(&mut watch, LIMIT + 1, LOOKS - 1), []);
    // What was a moment's is forgotten.
    assert_eq!(charged(&mut watch, 0, 1), []);
    assert_eq!(charged(&mut watch, LIMIT + 1, LOOKS - 1), []);
    assert_eq!(charged(&mut watch, LIMIT + 1, 1), [ended]);
}

#[test]
fn nobody_is_ended_for_anothers() {
    let mut watch = watch(&[1, 2]);
    // Either may have them.
    assert_eq!(charged(&mut watch, 9 * MB, 20), []);
    // Later ones cannot.
    begin(&mut watch, 3);
    assert_eq!(charged(&mut watch, 9 * MB, 20), []);
    assert_eq!(watch.running[&Order(3)].nameless, 0);
    // They went with the first.
    watch.end(Order(1));
    assert_eq!(charged(&mut watch, 0, 20), []);
    assert_eq!(watch.running[&Order(2)].nameless, 0);
    // These stay when the others have gone.
    begin(&mut watch, 4);
    assert_eq!(charged(&mut watch, 9 * MB, 20), []);
    watch.end(Order(2));
    watch.end(Order(4));
    let ended = (Order(3), Excess::Files(9 * MB));
    assert_eq!(charged(&mut watch, 9 * MB, LOOKS), [ended]);
}
