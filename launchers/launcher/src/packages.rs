//! The packages that scripts can load, for launchpadd to show.

use launchpad_protocol::cut;
use std::collections::HashSet;

/// How many are told, at most.
const MAX_PACKAGES: usize = 2000;

/// Bytes of a name and of a version, at most.
const MAX_WORD: usize = 128;

/// Bytes of words in one packet: with their lengths they stay well below what a packet may hold.
const MAX_BYTES: usize = 10 * 1024;

/// (name, version)
pub type Package = (String, String);

/// `all`, in the order in which an interpreter looks for them, as the contents of packets: sorted, and
/// of several of one name the first.
pub(crate) fn packets(all: Vec<Package>) -> Vec<Vec<Package>> {
    let mut names = HashSet::new();
    let mut all: Vec<Package> = all
        .into_iter()
        .map(|(name, version)| (short(&name), short(&version)))
        .filter(|(name, _)| !name.is_empty() && names.insert(name.to_lowercase()))
        .collect();
    all.sort_by_key(|(name, _)| name.to_lowercase());
    all.truncate(MAX_PACKAGES);
    let mut packets: Vec<Vec<Package>> = Vec::new();
    let mut left = 0;
    for package in all {
        // A word's length takes up to two bytes.
        let bytes = package.0.len() + package.1.len() + 4;
        match packets.last_mut() {
            Some(packet) if bytes <= left => packet.push(package),
            _ => {
                packets.push(vec![package]);
                left = MAX_BYTES;
            }
        }
        left -= bytes;
    }
    packets
}

fn short(word: &str) -> String {
    cut(word, MAX_WORD).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use launchpad_protocol::encode_packet;
    use launchpad_protocol::zygote::FromZygote;

    fn package(name: &str, version: &str) -> Package {
        (name.to_owned(), version.to_owned())
    }

    #[test]
    fn the_first_of_a_name_is_what_a_script_gets() {
        let all = vec![
            package("pandas", "2.1"),
            package("Numpy", "1.9"),
            package("numpy", "1.2"),
            package("", "3"),
        ];
        let expected = vec![package("Numpy", "1.9"), package("pandas", "2.1")];
        assert_eq!(packets(all), [expected]);
        assert!(packets(Vec::new()).is_empty());
    }

    #[test]
    fn many_packages_take_several_packets_of_a_modest_size() {
        let long = "v".repeat(300);
        let all: Vec<_> = (0..3000)
            .map(|number| (format!("package-{number:04}"), long.clone()))
            .collect();
        let packets = packets(all);
        assert_eq!(packets.iter().map(Vec::len).sum::<usize>(), MAX_PACKAGES);
        assert_eq!(packets[0][0], (package("package-0000", &long[..MAX_WORD])));
        for packet in packets {
            let bytes = encode_packet(&FromZygote::Packages(packet)).unwrap();
            assert!(bytes.len() < 12 * 1024);
        }
    }
}
