//! A PostgreSQL type taken apart: domains down to their base, arrays to their elements, composites
//! to their columns. `pg::catalog` makes one from an oid.

use super::Kind;
use arrow_schema::{DataType, Field};
use launchpad_protocol::marks;
use std::collections::HashMap;
use std::sync::Arc;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tree {
    /// pg_type.oid, of the domain if it is one.
    pub oid: u32,
    /// -1 for none
    pub typmod: i32,
    /// The oid below all domains; `oid` itself if it is none.
    pub base: u32,
    pub node: Node,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    Leaf(Kind),
    /// An array, of whatever dimensions: these are each value's, not the type's.
    List(Box<Tree>),
    /// A composite's columns by name, dropped ones left out.
    Struct(Vec<(String, Tree)>),
}

impl Tree {
    pub fn is_domain(&self) -> bool {
        self.oid != self.base
    }

    /// The Arrow type that scripts are asked for: of arrays, what is in them.
    pub fn arrow(&self) -> DataType {
        match &self.node {
            Node::Leaf(kind) => kind.arrow(),
            Node::List(element) => list(Field::new_list_field(element.arrow(), true)),
            Node::Struct(columns) => DataType::Struct(
                columns
                    .iter()
                    .map(|(name, tree)| Field::new(name, tree.arrow(), true))
                    .collect(),
            ),
        }
    }

    /// The field that carries it to a script: an array is a struct of its elements and of its dimensions, and
    /// no other struct has lists for fields; digits are marked.
    pub fn input(&self, name: &str) -> Field {
        let (arrow, is_digits) = match &self.node {
            Node::Leaf(kind) => (kind.arrow(), *kind == Kind::Digits),
            Node::List(element) => (dimensioned(element), false),
            Node::Struct(columns) => {
                let fields = columns.iter().map(|(name, tree)| tree.input(name));
                (DataType::Struct(fields.collect()), false)
            }
        };
        let field = Field::new(name, arrow, true);
        match is_digits {
            true => field.with_metadata(HashMap::from([(marks::DIGITS.into(), "1".into())])),
            false => field,
        }
    }
}

fn dimensioned(element: &Tree) -> DataType {
    let elements = element.input(Field::LIST_FIELD_DEFAULT_NAME);
    let lengths = Field::new_list_field(DataType::Int32, true);
    let fields = [
        Field::new(marks::VALUES, list(elements), true),
        Field::new(marks::DIMENSIONS, list(lengths), true),
    ];
    DataType::Struct(fields.into_iter().collect())
}

fn list(element: Field) -> DataType {
    DataType::List(Arc::new(element))
}
