//! Inputs for a server: what a satellite is to send, and what its call declares.

use super::random::Random;
use super::{input, seeds};
use crate::whole::{Contract, decode};
use launchpad_types::{Kind, Shape};
use std::fmt::Write;

/// Types that may be declared for what comes as something else.
const OTHERS: &[&str] = &[
    "text",
    "varchar(3)",
    "char(2)",
    "name",
    "smallint",
    "bigint",
    "numeric(5,2)",
    "real",
    "boolean",
    "bytea",
    "date",
    "timestamptz(0)",
    "interval(0)",
    "uuid",
    "json",
    "jsonb",
    "inet",
    "text[]",
    "smallint[]",
    "numeric(3,1)[]",
    "bit varying",
    "money",
    "xid",
    "point",
];

/// The types of a call's columns, with those to be created for them.
struct Declared {
    creations: Vec<String>,
    /// Whether one of them is not what comes.
    others: bool,
}

impl Declared {
    fn name(&mut self, shape: &Shape, random: &mut Random) -> String {
        if random.once_in(12) {
            self.others = true;
            return random.pick(OTHERS).to_owned();
        }
        match shape {
            Shape::Leaf(natural) => match natural.kind() {
                Kind::Bool => "boolean",
                Kind::Bytea => "bytea",
                Kind::Int2 => "smallint",
                Kind::Int4 => "integer",
                Kind::Int8 => "bigint",
                Kind::Float4 => "real",
                Kind::Float8 => "double precision",
                Kind::Date => "date",
                Kind::Timestamp => "timestamp",
                Kind::TimestampTz => "timestamptz",
                Kind::Time => "time",
                Kind::Interval => "interval",
                Kind::Numeric | Kind::Decimal { .. } => "numeric",
                Kind::Text | Kind::Digits | Kind::Output | Kind::Oid => "text",
            }
            .to_owned(),
            Shape::List(element) => {
                // PostgreSQL has no type of arrays of arrays.
                self.others |= matches!(**element, Shape::List(_));
                format!("{}[]", self.name(element, random))
            }
            Shape::Struct(fields) => {
                let columns: Vec<String> = fields
                    .iter()
                    .map(|(name, shape)| format!("{name} {}", self.name(shape, random)))
                    .collect();
                let name = format!("pg_temp.s{}", self.creations.len());
                let columns = columns.join(", ");
                self.creations
                    .push(format!("CREATE TYPE {name} AS ({columns})"));
                name
            }
        }
    }
}

/// For tests/fuzz_replies.py: FUZZ_INPUTS of a seed's from FUZZ_FROM, each a file of CORPUS, and an
/// index, a line each: file, budget, rows (0 if it is refused), whether it is valid, types to create, columns,
/// changes.
#[test]
#[ignore = "writes files"]
fn write_inputs() {
    let number = |name: &str| -> u64 {
        let text = std::env::var(name).unwrap_or_else(|_| panic!("{name} is a number"));
        text.parse()
            .unwrap_or_else(|_| panic!("{name} is a number"))
    };
    let folder = std::path::PathBuf::from(std::env::var_os("CORPUS").expect("CORPUS is a folder"));
    let (seed, from) = (number("FUZZ_SEED"), number("FUZZ_FROM"));
    let seeds = seeds();
    let mut lines = String::new();
    for index in from..from + number("FUZZ_INPUTS") {
        let input = input(seed, index, &seeds);
        let random = &mut Random::of(!seed, index);
        let mut declared = Declared {
            creations: Vec::new(),
            others: false,
        };
        let columns: Vec<String> = input
            .case
            .declared
            .iter()
            .enumerate()
            .map(|(at, kind)| {
                let shape = Shape::of(kind).expect("of the closed list");
                format!("c{at} {}", declared.name(&shape, random))
            })
            .collect();
        let contract = Contract {
            columns: columns.len(),
            budget: input.case.budget,
        };
        let rows = decode(&input.bytes, contract).unwrap_or(0);
        let is_valid = input.changes.is_empty() && !declared.others;
        writeln!(
            lines,
            "{index}\t{}\t{rows}\t{is_valid}\t{}\t{}\t{}",
            input.case.budget,
            declared.creations.join("; "),
            columns.join(", "),
            input.changes.join(", "),
        )
        .expect("strings take all");
        std::fs::write(folder.join(index.to_string()), input.bytes).expect("writable");
    }
    std::fs::write(folder.join("index"), lines).expect("writable");
}
