//! How the values of limits compare: which is looser, and how it is written.

use crate::Rule;
use launchpad_protocol::processors::Processors;

/// The unit that PostgreSQL keeps a number in.
#[derive(Clone, Copy)]
pub enum Unit {
    One,
    Kilobytes,
    Milliseconds,
}

impl Unit {
    /// The units that SHOW may choose, the largest first.
    fn larger(self) -> &'static [(i32, &'static str)] {
        match self {
            Unit::One => &[],
            Unit::Kilobytes => &[(1 << 30, "TB"), (1 << 20, "GB"), (1 << 10, "MB"), (1, "kB")],
            Unit::Milliseconds => &[
                (86_400_000, "d"),
                (3_600_000, "h"),
                (60_000, "min"),
                (1000, "s"),
                (1, "ms"),
            ],
        }
    }
}

/// The less, the tighter.
pub struct Most(pub Unit);

/// Likewise, but for 0, which sets no limit.
pub struct MostOrNone(pub Unit);

impl Rule<i32> for Most {
    fn looser(&self, value: i32, ceiling: i32) -> bool {
        value > ceiling
    }

    fn parse(&self, text: &str) -> Option<i32> {
        text.parse().ok()
    }

    fn shown(&self, value: i32) -> String {
        let units = self.0.larger().iter();
        match units.clone().find(|(size, _)| value % size == 0) {
            Some((size, unit)) if value != 0 => format!("{}{unit}", value / size),
            _ => value.to_string(),
        }
    }

    fn denied(&self, name: &str, ceiling: i32) -> String {
        let ceiling = self.shown(ceiling);
        format!("permission denied to raise {name} above {ceiling}")
    }
}

impl Rule<i32> for MostOrNone {
    fn looser(&self, value: i32, ceiling: i32) -> bool {
        ceiling != 0 && (value == 0 || value > ceiling)
    }

    fn parse(&self, text: &str) -> Option<i32> {
        text.parse().ok()
    }

    fn shown(&self, value: i32) -> String {
        Most(self.0).shown(value)
    }

    fn denied(&self, name: &str, ceiling: i32) -> String {
        Most(self.0).denied(name, ceiling)
    }
}

/// A part of so many: 0 is no limit, -1 all but one and at least one.
pub struct Share {
    pub all: fn() -> i32,
}

impl Share {
    fn most(&self, value: i32) -> i32 {
        match value {
            -1 => ((self.all)() - 1).max(1),
            most => most,
        }
    }
}

impl Rule<i32> for Share {
    fn looser(&self, value: i32, ceiling: i32) -> bool {
        MostOrNone(Unit::One).looser(self.most(value), self.most(ceiling))
    }

    fn parse(&self, text: &str) -> Option<i32> {
        text.parse().ok()
    }

    fn shown(&self, value: i32) -> String {
        value.to_string()
    }

    fn denied(&self, name: &str, ceiling: i32) -> String {
        Most(Unit::One).denied(name, self.most(ceiling))
    }
}

/// Off is tighter.
pub struct Off;

impl Rule<bool> for Off {
    fn looser(&self, value: bool, ceiling: bool) -> bool {
        value && !ceiling
    }

    fn parse(&self, text: &str) -> Option<bool> {
        match text {
            "on" => Some(true),
            "off" => Some(false),
            _ => None,
        }
    }

    fn shown(&self, value: bool) -> String {
        if value { "on" } else { "off" }.to_owned()
    }

    fn denied(&self, name: &str, _ceiling: bool) -> String {
        format!("permission denied to turn {name} on")
    }
}

/// The values of an enum by their numbers, from the tightest on.
pub struct Named(pub &'static [&'static str]);

impl Rule<i32> for Named {
    fn looser(&self, value: i32, ceiling: i32) -> bool {
        value > ceiling
    }

    fn parse(&self, text: &str) -> Option<i32> {
        let place = self.0.iter().position(|name| *name == text)?;
        i32::try_from(place).ok()
    }

    fn shown(&self, value: i32) -> String {
        let place = usize::try_from(value).ok();
        let name = place.and_then(|place| self.0.get(place));
        name.copied().unwrap_or_default().to_owned()
    }

    fn denied(&self, name: &str, ceiling: i32) -> String {
        let ceiling = self.shown(ceiling);
        format!("permission denied to set {name} to anything but {ceiling}")
    }
}

/// Sets of processors, of which the empty one means all.
pub struct Subset {
    /// Those of the machine.
    pub known: fn() -> Option<Processors>,
}

impl Rule<Processors> for Subset {
    fn looser(&self, value: Processors, ceiling: Processors) -> bool {
        !ceiling.is_empty() && (value.is_empty() || !value.is_subset_of(&ceiling))
    }

    fn tighter(&self, value: Processors, ceiling: Processors) -> Processors {
        if !self.looser(value, ceiling) {
            return value;
        }
        match value.and(&ceiling) {
            none if none.is_empty() => ceiling,
            both => both,
        }
    }

    fn unfit(&self, value: Processors) -> Option<String> {
        let known = (self.known)()?;
        let none = !value.is_empty() && value.and(&known).is_empty();
        none.then(|| format!("The host's CPUs are {known}."))
    }

    fn parse(&self, text: &str) -> Option<Processors> {
        Processors::parse(text).ok()
    }

    fn shown(&self, value: Processors) -> String {
        value.to_string()
    }

    fn denied(&self, name: &str, ceiling: Processors) -> String {
        format!("permission denied to set {name} beyond {ceiling}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        let memory = Most(Unit::Kilobytes);
        assert!(memory.looser(2, 1) && !memory.looser(1, 1) && !memory.looser(0, 1));
        assert_eq!((memory.tighter(3, 2), memory.tighter(2, 3)), (2, 2));
        let time = MostOrNone(Unit::Milliseconds);
        assert!(time.looser(2, 1) && time.looser(0, 1));
        assert!(!time.looser(1, 1) && !time.looser(1, 0) && !time.looser(0, 0));
        assert_eq!((time.tighter(0, 5), time.tighter(5, 0)), (5, 5));
        assert_eq!((time.tighter(4, 5), time.tighter(5, 4)), (4, 4));
    }

    #[test]
    fn numbers_are_written_as_show_does() {
        for (unit, value, shown) in [
            (Unit::Kilobytes, 0, "0"),
            (Unit::Kilobytes, 1 << 30, "1TB"),
            (Unit::Kilobytes, 3 << 20, "3GB"),
            (Unit::Kilobytes, 512 << 10, "512MB"),
            (Unit::Kilobytes, 1500, "1500kB"),
            (Unit::Milliseconds, 172_800_000, "2d"),
            (Unit::Milliseconds, 5_400_000, "90min"),
            (Unit::Milliseconds, 7000, "7s"),
            (Unit::Milliseconds, 1, "1ms"),
            (Unit::One, 64, "64"),
        ] {
            assert_eq!(Most(unit).shown(value), shown);
            assert_eq!(MostOrNone(unit).shown(value), shown);
        }
    }

    #[test]
    fn shares() {
        let share = Share { all: || 16 };
        for (value, ceiling) in [(0, -1), (16, -1), (-1, 14), (0, 3), (4, 3)] {
            assert!(share.looser(value, ceiling), "{value} under {ceiling}");
            assert_eq!(share.tighter(value, ceiling), ceiling);
        }
        for (value, ceiling) in [(15, -1), (-1, 15), (-1, -1), (-1, 0), (1, -1), (0, 0)] {
            assert!(!share.looser(value, ceiling), "{value} under {ceiling}");
        }
        let lonely = Share { all: || 1 };
        assert!(!lonely.looser(-1, 1) && !lonely.looser(1, -1));
        assert_eq!(share.shown(-1), "-1");
        assert!(share.denied("it", -1).ends_with("above 15"));
    }

    #[test]
    fn switches_and_names() {
        assert!(Off.looser(true, false));
        assert!(!Off.looser(true, true) && !Off.looser(false, true) && !Off.looser(false, false));
        assert!(!Off.tighter(true, false) && Off.tighter(true, true));
        assert_eq!(Off.parse(&Off.shown(true)), Some(true));
        let network = Named(&["none", "host"]);
        assert!(network.looser(1, 0) && !network.looser(0, 1) && !network.looser(1, 1));
        assert_eq!((network.parse("host"), network.parse("x")), (Some(1), None));
        assert_eq!(network.shown(1), "host");
    }

    #[test]
    fn sets_of_processors() {
        let of = |text: &str| Processors::parse(text).unwrap();
        let rule = Subset {
            known: || Processors::parse("0-3").ok(),
        };
        for (value, ceiling, looser, tighter) in [
            ("", "", false, ""),
            ("", "0-1", true, "0-1"),
            ("0", "", false, "0"),
            ("0", "0-1", false, "0"),
            ("0-2", "1-3", true, "1-2"),
            ("0", "1", true, "1"),
        ] {
            assert_eq!(rule.looser(of(value), of(ceiling)), looser);
            assert_eq!(rule.tighter(of(value), of(ceiling)), of(tighter));
        }
        assert!(rule.unfit(of("4-7")).is_some());
        assert!(rule.unfit(of("3-7")).is_none() && rule.unfit(of("")).is_none());
        let blind = Subset { known: || None };
        assert!(blind.unfit(of("4-7")).is_none());
    }
}
