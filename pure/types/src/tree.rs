//! A PostgreSQL type taken apart: domains down to their base, arrays to their elements, composites
//! to their columns. `pg::catalog` makes one from an oid.

use super::Kind;
use arrow_schema::{DataType, Field};
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
    /// An array of one dimension.
    List(Box<Tree>),
    /// A composite's columns by name, dropped ones left out.
    Struct(Vec<(String, Tree)>),
}

impl Tree {
    pub fn is_domain(&self) -> bool {
        self.oid != self.base
    }

    /// The Arrow type that carries it.
    pub fn arrow(&self) -> DataType {
        match &self.node {
            Node::Leaf(kind) => kind.arrow(),
            Node::List(element) => {
                DataType::List(Arc::new(Field::new_list_field(element.arrow(), true)))
            }
            Node::Struct(columns) => DataType::Struct(
                columns
                    .iter()
                    .map(|(name, tree)| Field::new(name, tree.arrow(), true))
                    .collect(),
            ),
        }
    }
}
