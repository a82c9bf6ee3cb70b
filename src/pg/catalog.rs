//! A type taken apart with the catalog's help.

use super::composite::Composite;
use super::descriptor::Column;
use crate::types::{Kind, Node, Numeric, Tree, kind_of, travels_as};
use launchpad_fault::{Fault, Outcome, Report, SqlState};
use pgrx::pg_sys;

/// Types, arrays, composites and all that is in them, that the columns of one query or result may
/// have in all. A few types of a few columns each, nested in each other, would else have billions.
const MAX_TYPES: usize = 8192;

/// Nested deeper than this travels as text; readers of Arrow have limits of their own.
const MAX_DEPTH: usize = 16;

/// The columns' types have more than [`MAX_TYPES`] in all.
#[derive(Debug)]
pub struct TooManyTypes;

impl Fault for TooManyTypes {
    fn report(&self) -> Report {
        Report::new(
            SqlState::PROGRAM_LIMIT_EXCEEDED,
            Outcome::Input,
            "the columns' composite types have too many columns",
        )
        .set_detail(format!(
            "Counted with all that is nested in them, they can be {MAX_TYPES}."
        ))
    }
}

/// The type `oid` with `typmod`, numeric by the setting.
pub fn resolve(oid: u32, typmod: i32, numeric: Numeric) -> Result<Tree, TooManyTypes> {
    at_depth(oid, typmod, numeric, 0, &mut 0)
}

/// The columns' names and types; as [`resolve`].
pub fn names_and_types(
    columns: &[Column],
    numeric: Numeric,
) -> Result<Vec<(String, Tree)>, TooManyTypes> {
    let mut types = 0;
    columns
        .iter()
        .map(|column| {
            let tree = at_depth(column.type_oid, column.typmod, numeric, 0, &mut types)?;
            Ok((column.name.clone(), tree))
        })
        .collect()
}

/// `types`: how many there have been so far.
fn at_depth(
    oid: u32,
    typmod: i32,
    numeric: Numeric,
    depth: usize,
    types: &mut usize,
) -> Result<Tree, TooManyTypes> {
    *types += 1;
    if *types > MAX_TYPES {
        return Err(TooManyTypes);
    }
    super::server::check_interrupts();
    let mut base_typmod = typmod;
    // SAFETY: a catalog look-up into a local variable.
    let base =
        unsafe { pg_sys::getBaseTypeAndTypmod(pg_sys::Oid::from(oid), &mut base_typmod) }.to_u32();
    let node = if kind_of(base) != Kind::Output || depth == MAX_DEPTH {
        Node::Leaf(travels_as(base, base_typmod, numeric))
    } else if let Some(element) = element_type(base) {
        Node::List(Box::new(at_depth(
            element,
            base_typmod,
            numeric,
            depth + 1,
            types,
        )?))
    } else {
        let columns = composite_columns(base);
        if columns.is_empty() {
            Node::Leaf(Kind::Output)
        } else {
            let columns = columns.into_iter().map(|column| {
                let tree = at_depth(column.type_oid, column.typmod, numeric, depth + 1, types)?;
                Ok((column.name, tree))
            });
            Node::Struct(columns.collect::<Result<_, _>>()?)
        }
    };
    Ok(Tree {
        oid,
        typmod,
        base,
        node,
    })
}

/// The element type of a true array type. int2vector and oidvector are arrays only inside: they
/// count from 0 and have a text form of their own.
fn element_type(oid: u32) -> Option<u32> {
    let oid = pg_sys::Oid::from(oid);
    if oid == pg_sys::INT2VECTOROID || oid == pg_sys::OIDVECTOROID {
        return None;
    }
    // SAFETY: a catalog look-up.
    let element = unsafe { pg_sys::get_element_type(oid) };
    (element != pg_sys::InvalidOid).then(|| element.to_u32())
}

/// The type of arrays of `oid`.
pub fn array_of(oid: u32) -> Option<u32> {
    // SAFETY: a catalog look-up.
    let array = unsafe { pg_sys::get_array_type(pg_sys::Oid::from(oid)) };
    (array != pg_sys::InvalidOid).then(|| array.to_u32())
}

/// Empty for what is no named composite type, and for one without columns.
fn composite_columns(oid: u32) -> Vec<Column> {
    // SAFETY: a catalog look-up.
    let kind = unsafe { pg_sys::get_typtype(pg_sys::Oid::from(oid)) };
    if kind as u8 != pg_sys::TYPTYPE_COMPOSITE {
        return Vec::new();
    }
    Composite::of(oid).columns()
}
