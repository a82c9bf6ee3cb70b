//! Slowing down, likewise.

use super::*;

const STEP: Duration = crate::watch::work::INTERVAL;

fn busy(init: u32, percent: Option<u32>) -> Subject {
    Subject {
        init,
        bounds: Bounds {
            cpu: percent,
            ..Bounds::default()
        },
        ..Subject::default()
    }
}

/// Lets each of `workers` work for so many steps whenever it is not stopped; in how many each did.
fn work(watch: &mut Watch, family: &Family, workers: &[u32], steps: u32, now: Instant) -> Vec<u32> {
    let mut worked = vec![0; workers.len()];
    for step in 1..=steps {
        for (worker, worked) in workers.iter().zip(&mut worked) {
            if !family.stopped().contains(worker) {
                *worked += 1;
                family.works(*worker, 50_000);
            }
        }
        assert!(watch.measure_by(family, now + step * STEP).is_empty());
        assert!(
            watch
                .deadline()
                .is_some_and(|at| at <= now + (step + 1) * STEP)
        );
    }
    worked
}

#[test]
fn who_works_too_much_is_stopped_with_all_its_children() {
    let now = Instant::now();
    let family = Family::new(vec![
        (0, 1, Some(0)),
        (1, 2, Some(0)),
        (2, 3, Some(0)),
        (0, 11, Some(0)),
        (11, 12, Some(0)),
    ]);
    let mut watch = Watch::default();
    watch.begin(Order(1), &busy(1, Some(50)), now).unwrap();
    watch.begin(Order(11), &busy(11, None), now).unwrap();
    let worked = work(&mut watch, &family, &[2, 12], 400, now);
    // Ten of twenty seconds, and the burst.
    assert!((195..=215).contains(&worked[0]), "{worked:?}");
    assert_eq!(worked[1], 400);
    family.works(3, 1_000_000);
    assert!(watch.measure_by(&family, now + 401 * STEP).is_empty());
    // The init never is.
    assert_eq!(family.stopped(), [2, 3]);
    watch.end(Order(1));
    assert_eq!(watch.deadline(), None);
}

#[test]
fn a_pool_is_stopped_as_a_whole() {
    let now = Instant::now();
    let family = Family::new(vec![
        (0, 1, Some(0)),
        (1, 2, Some(0)),
        (0, 11, Some(0)),
        (11, 12, Some(0)),
    ]);
    let mut watch = Watch::default();
    let of_pool = |init| Subject {
        pool: "p".to_owned(),
        ..busy(init, None)
    };
    watch.begin(Order(1), &of_pool(1), now).unwrap();
    watch.begin(Order(11), &of_pool(11), now).unwrap();
    assert_eq!(watch.deadline(), None);
    let limits = Bounds {
        cpu: Some(100),
        ..Bounds::default()
    };
    watch.define("p", limits, now).unwrap();
    let worked = work(&mut watch, &family, &[2, 12], 400, now);
    assert_eq!(worked[0], worked[1]);
    assert!((195..=215).contains(&worked[0]), "{worked:?}");
    // Without the limit both go on, whatever they owe, and then there is nothing to look at.
    family.works(2, 9_000_000);
    watch.measure_by(&family, now + 401 * STEP);
    assert_eq!(family.stopped(), [2, 12]);
    watch.define("p", Bounds::default(), now).unwrap();
    watch.measure_by(&family, now + 402 * STEP);
    assert!(family.stopped().is_empty());
    assert_eq!(watch.deadline(), None);
}

/// Whoever works although it is stopped.
#[test]
fn one_that_wakes_itself_is_ended() {
    let now = Instant::now();
    let family = Family::new(vec![(0, 1, Some(0)), (1, 2, Some(0))]);
    let mut watch = Watch::default();
    watch.begin(Order(1), &busy(1, Some(20)), now).unwrap();
    let told = (1..200).find_map(|step| {
        family.works(2, 50_000);
        let over = watch.measure_by(&family, now + step * STEP);
        over.first().map(|over| (step, over.excess, over.load.user))
    });
    assert_eq!(told, Some((100, Excess::Processor(99), 5_000_000)));
    assert_eq!(watch.deadline(), None);
}
